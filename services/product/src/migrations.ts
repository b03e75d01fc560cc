import { outboxMigrations } from '@souk/service-kit/outbox/migrations.ts';

/** The folders of this service's schema, in their order. */
export const migrations = [outboxMigrations, new URL('../migrations/', import.meta.url)];
