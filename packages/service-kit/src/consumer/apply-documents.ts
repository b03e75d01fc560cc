import { DecodeError } from '@souk/contracts/decode-error.ts';
import { decodeDocument } from '@souk/contracts/document.ts';
import type { DocumentTopic } from '@souk/contracts/topic.ts';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { TransactionSql } from '../postgres/database.ts';
import type { Applied, Batch, ReceivedDocument, Verdict } from '../projection/subscription.ts';
import { digestId, refusalOf, replayedId } from './dead-letter.ts';

/** Applies a batch of documents, or of documents sent again: see `documents`. */
export const applyDocuments = async <T extends DocumentTopic>(
  topic: T,
  apply: (tx: TransactionSql, documents: ReceivedDocument<T>[]) => Promise<Verdict[]>,
  tx: TransactionSql,
  { messages, refusal }: Batch,
  replayed: boolean,
): Promise<Applied> => {
  const outcome: Applied = { applied: 0, repeated: 0, rejected: [], sourceTimesMs: [] };
  const settle = (message: ReceivedMessage, verdict: Verdict) => {
    if (verdict === 'repeated') outcome.repeated += 1;
    else if (verdict === 'applied') {
      outcome.applied += 1;
      if (!replayed && message.timestampMs !== undefined) outcome.sourceTimesMs.push(message.timestampMs);
    } else {
      const id = (replayed && replayedId(message)) || digestId(message);
      outcome.rejected.push({ id, message, refusal: verdict });
    }
  };

  const readable: ReceivedMessage[] = [];
  const documents: ReceivedDocument<T>[] = [];
  for (const message of messages) {
    try {
      const { document, text } = decodeDocument(topic, message);
      documents.push({ document, text, receivedAtMs: message.receivedAtMs });
      readable.push(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      settle(message, refusalOf(error));
    }
  }
  const verdicts = await judge(documents, refusal, (all) => apply(tx, all));
  for (const [index, verdict] of verdicts.entries()) settle(readable[index] as ReceivedMessage, verdict);
  return outcome;
};

const judge = async <D>(
  documents: D[],
  refusal: Verdict | undefined,
  apply: (documents: D[]) => Promise<Verdict[]>,
): Promise<Verdict[]> => {
  if (refusal !== undefined) return documents.map(() => refusal);
  if (documents.length === 0) return [];
  const verdicts = await apply(documents);
  if (verdicts.length !== documents.length)
    throw new Error(`${verdicts.length} verdicts on ${documents.length} documents`);
  return verdicts;
};
