import type { ReceivedMessage } from '../kafka/message.ts';
import type { KnownTables } from '../projection/known-tables.ts';
import type { Outcome, Refusal } from './outcome.ts';

/** Messages of one topic for one transaction, those of each partition in the order of the log. Never empty. */
export interface Batch {
  messages: readonly ReceivedMessage[];
  /** They are of the retry topic: dead letters that were sent again. */
  replayed: boolean;
  /** Refuses whatever would be applied now: the batch is the one message that Postgres refused. */
  refusal?: Refusal | undefined;
  /** What the tables must be (projection/known-tables.ts); not looked at when undefined. */
  known?: KnownTables | undefined;
  /** Events after it are read, and not applied, except for erasures. */
  asOf?: Date | undefined;
  /** Those that the dead-letter topic does not have yet. Where there are any, the transaction moves nothing. */
  unsent(rejected: readonly Rejected[]): readonly Rejected[];
}

/** What became of the messages of a batch: each is one of applied, repeated and rejected. */
export interface Applied {
  applied: number;
  repeated: number;
  rejected: Rejected[];
  /** When the applied ones came about at their source, in milliseconds since the epoch; none for replays. */
  sourceTimesMs: number[];
  /** The positions that were moved, by TOPIC/PARTITION. */
  reached?: ReadonlyMap<string, bigint>;
}

export interface Rejected {
  /** The identity of the dead letter. */
  id: string;
  message: ReceivedMessage;
  refusal: Refusal;
}

/** Adds a message to what became of its batch. */
export const addOutcome = (
  result: Applied,
  outcome: Outcome,
  id: () => string,
  message: ReceivedMessage,
  sourceTimeMs: number | undefined,
): void => {
  if (typeof outcome === 'object') result.rejected.push({ id: id(), message, refusal: outcome });
  else if (outcome !== 'applied') result.repeated += 1;
  else {
    result.applied += 1;
    if (sourceTimeMs !== undefined) result.sourceTimesMs.push(sourceTimeMs);
  }
};
