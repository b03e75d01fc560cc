import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { DocumentTopic, Topic } from '@souk/contracts/topic.ts';
import { applyDocuments, type ReceivedDocument } from '../consumer/apply-documents.ts';
import { applyEvents } from '../consumer/apply-events.ts';
import type { Applied, Batch } from '../consumer/batch.ts';
import type { Outcome } from '../consumer/outcome.ts';
import type { TransactionSql } from '../postgres/database.ts';

/**
 * What a consumer makes of one topic: how messages of its partitions are applied in a transaction. With every
 * topic its group also reads `retryTopic(topic, group)`, where its dead letters are sent again.
 */
export interface Subscription {
  /** The name of the topic. */
  topic: string;
  /** True when Postgres knows what was applied: partitions it knows nothing of are read from their beginning. */
  positioned: boolean;
  apply(tx: TransactionSql, batch: Batch): Promise<Applied>;
}

/**
 * Applies the events of a service's topic. `apply` runs in the transaction that also moves the positions on.
 * It gets events never applied before, in the order of their numbers; a repeat does no harm because it never
 * arrives here. Events that had been dead letters come later than their number says.
 */
export const projection = <T extends Topic>(
  topic: T,
  apply: (tx: TransactionSql, events: DecodedEvent<T>[]) => Promise<void>,
): Subscription => ({
  topic: topic.name,
  positioned: true,
  apply: (tx, batch) => applyEvents(topic, apply, tx, batch),
});

/**
 * Applies the documents of a topic that outside systems write. They have no numbers: `apply` recognises a
 * repeat by itself and gets the same document again after a crash. It returns one outcome per document, in
 * order. When it throws a data error of Postgres, it is called again with fewer documents.
 */
export const documents = <T extends DocumentTopic>(
  topic: T,
  apply: (tx: TransactionSql, documents: ReceivedDocument<T>[]) => Promise<Outcome[]>,
): Subscription => ({
  topic: topic.name,
  positioned: false,
  apply: (tx, batch) => applyDocuments(topic, apply, tx, batch),
});
