import { signal } from '@preact/signals';
import type { readDetail } from '../../../server/dead-letters/dead-letter-detail.ts';
import type { DeadLetterState, listDeadLetters } from '../../../server/dead-letters/dead-letter-list.ts';
import type { Resolved, Selection } from '../../../server/dead-letters/resolve.ts';
import { api, isApiError } from '../../lib/api.ts';
import { many } from '../../lib/format.ts';

export type DeadLetterList = ReturnType<typeof listDeadLetters>;
export type DeadLetterRow = DeadLetterList['items'][number];
export type DeadLetterDetail = NonNullable<Awaited<ReturnType<typeof readDetail>>> & {
  outcome: { refused_at: string; resolved_at: string | null } | null;
};
export type { DeadLetterState, Selection };

/** Grows with every action, so that what is shown is asked for again. */
export const deadLettersChanged = signal(0);
/** What the newest action did, in words. */
export const lastAction = signal('');

export const nameOf = ({ topic, group, id }: Pick<DeadLetterRow, 'topic' | 'group' | 'id'>): string =>
  [topic, group, id].join('|');

/** The parts of a name; the id may hold anything. */
export const partsOf = (name: string): { topic: string; group: string; id: string } => {
  const [topic = '', group = '', ...id] = name.split('|');
  return { topic, group, id: id.join('|') };
};

export const stateWords: Record<DeadLetterState, string> = {
  pending: 'pending',
  replayed: 'sent again',
  discarded: 'discarded',
};

const doneWords = { replay: 'sent again', discard: 'discarded', restore: 'pending again' } as const;

/** Why something was left as it was. */
const leftWords: Record<Resolved['left'][number]['why'], string> = {
  sent: '',
  left: 'unchanged',
  omitted: 'Kafka has it without its document',
  gone: 'Kafka does not have it any more',
  wrong: 'the contract still refuses it',
  resolved_before: 'somebody else was faster',
};

/** Does it, and says what was done. Throws what the console answers, a conflict among it. */
export const resolve = async (
  what: keyof typeof doneWords,
  body: { selection: Selection; document?: string; unchecked?: boolean },
): Promise<Resolved> => {
  try {
    const resolved = await api<Resolved>(`/api/dead-letters/${what}`, { method: 'POST', body });
    const left = resolved.left.map(({ id, why }) => `${id}: ${leftWords[why]}`).slice(0, 3);
    lastAction.value = [
      `${many(resolved.done, 'dead letter')} ${doneWords[what]}.`,
      ...(left.length > 0
        ? [`Left: ${left.join('; ')}${resolved.left.length > left.length ? '; …' : ''}.`]
        : []),
    ].join(' ');
    return resolved;
  } catch (error) {
    // What is shown is asked for again, and the dialog may go with it: the reason stays.
    if (isApiError(error)) lastAction.value = `Not done: ${error.message}.`;
    throw error;
  } finally {
    deadLettersChanged.value += 1;
  }
};
