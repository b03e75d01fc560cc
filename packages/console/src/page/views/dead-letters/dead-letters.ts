import { signal } from '@preact/signals';
import type { readDetail } from '../../../server/dead-letters/dead-letter-detail.ts';
import type { DeadLetterState, listDeadLetters } from '../../../server/dead-letters/dead-letter-list.ts';
import type { Resolved, Selection } from '../../../server/dead-letters/resolve.ts';
import { api, isApiError } from '../../lib/api.ts';
import { count, many } from '../../lib/format.ts';

export type DeadLetterList = ReturnType<typeof listDeadLetters>;
export type DeadLetterRow = DeadLetterList['items'][number];
export type DeadLetterDetail = NonNullable<Awaited<ReturnType<typeof readDetail>>> & {
  outcome: { refused_at: string; resolved_at: string | null } | null;
};
export type { DeadLetterState };

/** Which dead letters, and the document of one that was corrected. */
export interface Resolution {
  selection: Selection;
  document?: string;
  unchecked?: boolean;
}

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

/**
 * Does it, and says what was done. All that fit a filter are resolved step by step, until none is left or more come than
 * are resolved. Throws what the console answers, a conflict among it.
 */
export const resolve = async (
  what: keyof typeof doneWords,
  { selection, ...corrected }: Resolution,
): Promise<void> => {
  let done = 0;
  const left: Resolved['left'] = [];
  const say = (end = '') => {
    lastAction.value = `${many(done, 'dead letter')} ${doneWords[what]}.${leftText(left)}${end}`;
  };
  try {
    let toGo = Number.POSITIVE_INFINITY;
    for (let step: Selection | undefined = selection; step; ) {
      const body = { selection: step, ...corrected };
      const resolved: Resolved = await api(`/api/dead-letters/${what}`, { method: 'POST', body });
      done += resolved.done;
      left.push(...resolved.left);
      const { next, remaining } = resolved;
      say(next === null ? '' : ` ${count(remaining)} to go.`);
      const goesOn = next !== null && remaining < toGo && 'filter' in selection;
      toGo = remaining;
      step = goesOn ? { filter: { ...selection.filter, after: next } } : undefined;
    }
  } catch (error) {
    // What is shown is asked for again, and the dialog may go with it: the reason stays.
    if (done > 0) say(` Then: ${(error as Error).message}.`);
    else if (isApiError(error)) lastAction.value = `${notDone(error)}: ${error.message}.`;
    throw error;
  } finally {
    deadLettersChanged.value += 1;
  }
};

/** Where there was no answer, or Kafka failed half-way, a part of it may be done. */
const notDone = ({ status }: { status: number }): string =>
  status === 0 || status >= 500 ? 'Perhaps not all is done' : 'Not done';

const leftText = (left: Resolved['left']): string => {
  const shown = left.slice(0, 3).map(({ id, why }) => `${id}: ${leftWords[why]}`);
  return left.length === 0 ? '' : ` Left: ${shown.join('; ')}${left.length > shown.length ? '; …' : ''}.`;
};
