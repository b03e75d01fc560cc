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
import { asProblem } from '../kafka/log-session.ts';
import { fitting, stateOf } from './dead-letter-list.ts';
import type { DeadLetterWatch, KnownDeadLetter } from './dead-letter-watch.ts';

/** One dead letter as an operator saw it. */
export interface SeenDeadLetter {
  topic: string;
  group: string;
  id: string;
  replays: number;
}

/** Which: those that an operator chose, or the next of all that fit, behind `after`, the `next` of the answer before. */
export type Selection =
  | { items: SeenDeadLetter[] }
  | { filter: { topic?: string; group?: string; reason?: string; after?: string } };

export interface Corrected {
  document?: string;
  /** Although the contract refuses it. */
  unchecked?: boolean;
}

export interface Resolved {
  done: number;
  /** What was left as it was, and why. */
  left: { id: string; why: ReplayOutcome | 'resolved_before'; faults?: readonly string[] }[];
  /** How many fit that are not looked at yet, and behind which of them to go on; null when none is. */
  remaining: number;
  next: string | null;
}

export interface Resolving {
  replay(by: string, selection: Selection, corrected?: Corrected): Promise<Resolved>;
  discard(by: string, selection: Selection): Promise<Resolved>;
  restore(by: string, selection: Selection): Promise<Resolved>;
}

/** Resolved with one request: more would not be done before it is answered. */
export const stepMax = 1_000;
/** Reported one by one up to this. */
const leftMax = 100;

/**
 * Resolves dead letters, one action after the other, each on what is still as the operator saw it. Of a single one that
 * somebody else was faster with it throws a 409 that says who. Every action is logged, also one that Kafka fails half-way
 * (a 503), and noted in Kafka with its actor.
 */
export const createResolving = (brokers: KafkaAddress, watch: DeadLetterWatch, log: Logger): Resolving => {
  const oneAtATime = pLimit(1);
  const act = (
    what: 'replay' | 'discard' | 'restore',
    by: string,
    selection: Selection,
    work: (chosen: readonly KnownDeadLetter[], tally: Tally) => Promise<unknown>,
  ): Promise<Resolved> =>
    oneAtATime(async () => {
      const wanted = what === 'restore' ? 'discarded' : 'pending';
      const { chosen, changed, remaining, next } = choose(await watch.all(), selection, wanted);
      const [first] = changed;
      if (chosen.length === 0 && first) throw conflict(first);
      const tally: Tally = { done: 0, left: changed.map(({ id }) => ({ id, why: 'resolved_before' })) };
      const failure = await work(chosen, tally).then(() => undefined, asProblem);
      const { done, left } = tally;
      const ids = chosen.slice(0, leftMax).map(({ id }) => id);
      const noted = { subject: by, action: `${what}_dead_letters`, done, left: left.length, ids };
      if (failure) {
        log.warn({ ...noted, chosen: chosen.length, err: failure }, 'dead letters: not all was done');
        throw failure;
      }
      log.info(noted, 'dead letters');
      const names = new Set(chosen.map(nameOf));
      const untouched = left.length - changed.length;
      await watch.until(
        (known) =>
          known.filter((one) => names.has(nameOf(one)) && stateOf(one) === wanted).length <= untouched,
      );
      return { done, left: left.slice(0, leftMax), remaining, next };
    });
  const each =
    (resolve: typeof discardDeadLetters, by: string) =>
    (chosen: readonly KnownDeadLetter[], tally: Tally): Promise<unknown> =>
      resolve({ brokers, by }, chosen, () => {
        tally.done += 1;
      });
  return {
    replay: (by, selection, { document, unchecked = false } = {}) =>
      act('replay', by, selection, (chosen, tally) => {
        const correction = {
          unchecked,
          ...(document === undefined ? {} : { document: async () => Buffer.from(document) }),
        };
        return replayDeadLetters({ brokers, by }, chosen, correction, ({ id }, outcome, faults) => {
          if (outcome === 'sent') tally.done += 1;
          else tally.left.push({ id, why: outcome, ...(faults ? { faults } : {}) });
        });
      }),
    discard: (by, selection) => act('discard', by, selection, each(discardDeadLetters, by)),
    restore: (by, selection) => act('restore', by, selection, each(restoreDeadLetters, by)),
  };
};

type Tally = Pick<Resolved, 'done' | 'left'>;

const nameOf = ({ topic, group, id, replays }: SeenDeadLetter): string =>
  JSON.stringify([topic, group, id, replays]);

/** Oldest first. It stays the same when a dead letter is sent again and refused once more: no step meets it again. */
const orderOf = ({ firstSeen, id, topic, group }: KnownDeadLetter): string =>
  JSON.stringify([firstSeen, id, topic, group]);

/** Those of the selection that are as the operator saw them, up to `stepMax`, and those that are not any more. */
export const choose = (
  all: readonly KnownDeadLetter[],
  selection: Selection,
  wanted: 'pending' | 'discarded',
): Chosen => {
  if ('filter' in selection) {
    const { after = '', ...filter } = selection.filter;
    const found = fitting(all, { ...filter, state: wanted })
      .map((one) => ({ one, order: orderOf(one) }))
      .filter(({ order }) => order > after)
      .toSorted((a, b) => (a.order < b.order ? -1 : 1));
    const step = found.slice(0, stepMax);
    const remaining = found.length - step.length;
    const next = remaining > 0 ? (step.at(-1)?.order ?? null) : null;
    return { chosen: step.map(({ one }) => one), changed: [], remaining, next };
  }
  const known = new Map(all.map((one) => [JSON.stringify([one.topic, one.group, one.id]), one]));
  const chosen: KnownDeadLetter[] = [];
  const changed: Changed[] = [];
  for (const seen of selection.items) {
    const one = known.get(JSON.stringify([seen.topic, seen.group, seen.id]));
    if (one && one.replays === seen.replays && stateOf(one) === wanted) chosen.push(one);
    else changed.push({ id: seen.id, now: one });
  }
  return { chosen, changed, remaining: 0, next: null };
};

interface Chosen extends Pick<Resolved, 'remaining' | 'next'> {
  chosen: KnownDeadLetter[];
  changed: Changed[];
}

interface Changed {
  id: string;
  now: KnownDeadLetter | undefined;
}

export const notFound = () =>
  problem(
    404,
    'dead_letter_not_found',
    'this dead letter is not known any more: Kafka does not have it, or has too many newer ones',
  );

const conflict = ({ now }: Changed) => {
  if (!now) return notFound();
  const { resolution } = now;
  const detail = resolution
    ? `${resolution.by || 'somebody'} has ${resolution.how === 'discarded' ? 'discarded it' : 'sent it again'} at ${resolution.at}: nothing was done now`
    : 'it was sent again in the meantime and refused once more: look at it as it is now';
  return problem(409, 'dead_letter_changed', detail, {
    extensions: { resolution: resolution ?? null, replays: now.replays },
  });
};
