import type { eventLife } from '../../../server/events/event-life.ts';

/** What the console answers about one message. */
export type EventLife = Awaited<ReturnType<typeof eventLife>>;
