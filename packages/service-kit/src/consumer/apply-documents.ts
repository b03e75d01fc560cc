import { DecodeError } from '@souk/contracts/decode-error.ts';
import { decodeDocument } from '@souk/contracts/document.ts';
import type { DocumentTopic } from '@souk/contracts/topic.ts';
import type { Static } from '@souk/contracts/typebox.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import { intendedRollback, type TransactionSql } from '../postgres/database.ts';
import { type Applied, addOutcome, type Batch } from './batch.ts';
import { digestId, refusalOf, replayedId } from './dead-letter.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** A document that was decoded and checked. */
export interface ReceivedDocument<T extends DocumentTopic = DocumentTopic> {
  document: Static<T['document']>;
  /** Exactly as it came. */
  text: string;
  /** When this process got it, in milliseconds since the epoch. */
  receivedAtMs: number;
}

/** Applies a batch of documents, or of documents sent again: see `documents`. */
export const applyDocuments = async <T extends DocumentTopic>(
  topic: T,
  apply: (tx: TransactionSql, documents: ReceivedDocument<T>[]) => Promise<Outcome[]>,
  tx: TransactionSql,
  { messages, replayed, refusal, unsent }: Batch,
): Promise<Applied> => {
  const read = messages.map((message) => ({ message, ...readDocument(topic, message) }));
  const outcomes = read.map(({ fault }) => outcomeOf({ fault: () => fault, refusal }));
  const documents = read.flatMap(({ document }, index) =>
    document && outcomes[index] === 'applied' ? [document] : [],
  );
  const answers = documents.length > 0 ? await apply(tx, documents) : [];
  if (answers.length !== documents.length)
    throw new Error(`${answers.length} outcomes of ${documents.length} documents`);

  const result: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  for (const [index, { message }] of read.entries()) {
    const outcome = outcomes[index] === 'applied' ? answers.shift() : outcomes[index];
    const id = () => (replayed && replayedId(message)) || digestId(message);
    addOutcome(result, outcome as Outcome, id, message, replayed ? undefined : message.timestampMs);
  }
  if (unsent(result.rejected).length > 0) throw intendedRollback('dead letters must be sent first');
  return result;
};

const readDocument = <T extends DocumentTopic>(topic: T, message: ReceivedMessage) => {
  try {
    const { document, text } = decodeDocument(topic, message);
    return { document: { document, text, receivedAtMs: message.receivedAtMs } as ReceivedDocument<T> };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { fault: refusalOf(error) };
  }
};
