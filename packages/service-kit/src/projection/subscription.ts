import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { DocumentTopic, Topic } from '@souk/contracts/topic.ts';
import type { Static } from 'typebox';
import { applyDocuments } from '../consumer/apply-documents.ts';
import { applyEvents } from '../consumer/apply-events.ts';
import { applyReplayedEvents } from '../consumer/apply-replayed-events.ts';
import type { Refusal } from '../consumer/dead-letter.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { TransactionSql } from '../postgres/database.ts';

/**
 * What a consumer makes of one topic: how messages of one partition are applied in a transaction. With every
 * topic its group also reads `retryTopic(topic, group)`, where its dead letters are sent again.
 */
export interface Subscription {
  /** The name of the topic. */
  topic: string;
  /** True when Postgres knows what was applied: partitions it knows nothing of are read from their beginning. */
  positioned: boolean;
  apply(tx: TransactionSql, batch: Batch): Promise<Applied>;
  applyReplayed(tx: TransactionSql, batch: Batch): Promise<Applied>;
}

/** Messages of one partition, in the order of the log, for one transaction. Never empty. */
export interface Batch {
  messages: readonly ReceivedMessage[];
  /** Refuses whatever would be applied now: the batch is the one message that Postgres refused. */
  refusal?: Refusal | undefined;
  /** What the tables must be of (projection/generation.ts); not looked at when undefined. */
  generation?: string | undefined;
}

/** What became of the messages of a batch: each is one of applied, repeated and rejected. */
export interface Applied {
  applied: number;
  repeated: number;
  rejected: Rejected[];
  /** When the applied ones came about at their source, in milliseconds since the epoch; none for replays. */
  sourceTimesMs: number[];
}

export interface Rejected {
  /** The identity of the dead letter. */
  id: string;
  message: ReceivedMessage;
  refusal: Refusal;
}

/**
 * Applies the events of a service's topic. `apply` runs in the transaction that also moves the position on.
 * It gets events never applied before, of one partition, in the order of their numbers; a repeat does no harm
 * because it never arrives here. Events that had been dead letters come later than their number says.
 */
export const projection = <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
): Subscription => ({
  topic: topic.name,
  positioned: true,
  apply: (tx, batch) => applyEvents(topic, apply, tx, batch),
  applyReplayed: (tx, batch) => applyReplayedEvents(topic, apply, tx, batch),
});

/** A document that was decoded and checked. */
export interface ReceivedDocument<T extends DocumentTopic = DocumentTopic> {
  document: Static<T['document']>;
  /** Exactly as it came. */
  text: string;
  /** When this process got it, in milliseconds since the epoch. */
  receivedAtMs: number;
}

/** What became of one document; a refusal sends it to the dead-letter topic. */
export type Verdict = 'applied' | 'repeated' | Refusal;

/**
 * Applies the documents of a topic that outside systems write. They have no numbers: `apply` recognises a
 * repeat by itself and gets the same document again after a crash. It returns one verdict per document, in
 * order. When it throws a data error of Postgres, it is called again with fewer documents.
 */
export const documents = <T extends DocumentTopic>(
  topic: T,
  apply: (tx: TransactionSql, documents: ReceivedDocument<T>[]) => Promise<Verdict[]>,
): Subscription => ({
  topic: topic.name,
  positioned: false,
  apply: (tx, batch) => applyDocuments(topic, apply, tx, batch, false),
  applyReplayed: (tx, batch) => applyDocuments(topic, apply, tx, batch, true),
});
