import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import {
  discardDeadLetters,
  type ReplayOutcome,
  replayDeadLetters,
  restoreDeadLetters,
} from '@souk/service-kit/dead-letters/resolve-dead-letters.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import { problem } from '@souk/service-kit/problem.ts';
import pLimit from 'p-limit';
import { fitting, stateOf } from './dead-letter-list.ts';
import type { DeadLetterWatch, KnownDeadLetter } from './dead-letter-watch.ts';

/** One dead letter as an operator saw it. */
export interface SeenDeadLetter {
  topic: string;
  group: string;
  id: string;
  replays: number;
}

/** Which: those that an operator chose, or all of a reason. */
export type Selection =
  | { items: SeenDeadLetter[] }
  | { filter: { topic?: string; group?: string; reason?: string } };

export interface Corrected {
  document?: string;
  key?: string;
  /** Although the contract refuses it. */
  unchecked?: boolean;
}

export interface Resolved {
  done: number;
  /** What was left as it was, and why. */
  left: { id: string; why: ReplayOutcome | 'resolved_before'; faults?: readonly string[] }[];
}

export interface Resolving {
  replay(by: string, selection: Selection, corrected?: Corrected): Promise<Resolved>;
  discard(by: string, selection: Selection): Promise<Resolved>;
  restore(by: string, selection: Selection): Promise<Resolved>;
}

/** Reported one by one up to this. */
const leftMax = 100;

/**
 * Resolves dead letters, one action after the other, each on what is still as the operator saw it. Of a single one that
 * somebody else was faster with it throws a 409 that says who. Every action is logged, and noted in Kafka with its actor.
 */
export const createResolving = (brokers: KafkaAddress, watch: DeadLetterWatch, log: Logger): Resolving => {
  const oneAtATime = pLimit(1);
  const act = (
    what: 'replay' | 'discard' | 'restore',
    by: string,
    selection: Selection,
    work: (chosen: readonly KnownDeadLetter[], left: Resolved['left']) => Promise<number>,
  ): Promise<Resolved> =>
    oneAtATime(async () => {
      const wanted = what === 'restore' ? 'discarded' : 'pending';
      const all = await watch.all();
      const { chosen, changed } = choose(all, selection, wanted);
      const [first] = changed;
      if (chosen.length === 0 && first) throw conflict(first);
      const left: Resolved['left'] = changed.map(({ id }) => ({ id, why: 'resolved_before' }));
      const done = await work(chosen, left);
      const ids = chosen.slice(0, leftMax).map(({ id }) => id);
      log.info({ subject: by, action: `${what}_dead_letters`, done, left: left.length, ids }, 'dead letters');
      const names = new Set(chosen.map(nameOf));
      const untouched = left.length - changed.length;
      await watch.until(
        (known) =>
          known.filter((one) => names.has(nameOf(one)) && stateOf(one) === wanted).length <= untouched,
      );
      return { done, left: left.slice(0, leftMax) };
    });
  return {
    replay: (by, selection, { document, key, unchecked = false } = {}) =>
      act('replay', by, selection, async (chosen, left) => {
        let sent = 0;
        const correction = {
          unchecked,
          ...(key === undefined ? {} : { key }),
          ...(document === undefined ? {} : { document: async () => Buffer.from(document) }),
        };
        await replayDeadLetters({ brokers, by }, chosen, correction, ({ id }, outcome, faults) => {
          if (outcome === 'sent') sent += 1;
          else left.push({ id, why: outcome, ...(faults ? { faults } : {}) });
        });
        return sent;
      }),
    discard: (by, selection) =>
      act('discard', by, selection, (chosen) => discardDeadLetters({ brokers, by }, chosen)),
    restore: (by, selection) =>
      act('restore', by, selection, (chosen) => restoreDeadLetters({ brokers, by }, chosen)),
  };
};

const nameOf = ({ topic, group, id, replays }: SeenDeadLetter): string =>
  JSON.stringify([topic, group, id, replays]);

/** Those of the selection that are as the operator saw them, and those that are not any more. */
export const choose = (
  all: readonly KnownDeadLetter[],
  selection: Selection,
  wanted: 'pending' | 'discarded',
): { chosen: KnownDeadLetter[]; changed: Changed[] } => {
  if ('filter' in selection)
    return { chosen: fitting(all, { ...selection.filter, state: wanted }), changed: [] };
  const known = new Map(all.map((one) => [JSON.stringify([one.topic, one.group, one.id]), one]));
  const chosen: KnownDeadLetter[] = [];
  const changed: Changed[] = [];
  for (const seen of selection.items) {
    const one = known.get(JSON.stringify([seen.topic, seen.group, seen.id]));
    if (one && one.replays === seen.replays && stateOf(one) === wanted) chosen.push(one);
    else changed.push({ id: seen.id, now: one });
  }
  return { chosen, changed };
};

interface Changed {
  id: string;
  now: KnownDeadLetter | undefined;
}

const conflict = ({ now }: Changed) => {
  if (!now) return problem(404, 'dead_letter_not_found', 'this dead letter is not in Kafka any more');
  const { resolution } = now;
  const detail = resolution
    ? `${resolution.by || 'somebody'} has ${resolution.how === 'discarded' ? 'discarded it' : 'sent it again'} at ${resolution.at}: nothing was done now`
    : 'it was sent again in the meantime and refused once more: look at it as it is now';
  return problem(409, 'dead_letter_changed', detail, {
    extensions: { resolution: resolution ?? null, replays: now.replays },
  });
};
