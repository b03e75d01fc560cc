import { type Database, intendedRollback } from '../postgres/database.ts';
import { answerNotKept, inFlight, keyReused } from './idempotency-key.ts';
import { claimAnswer, findAnswer, type StoredAnswer, storeAnswer } from './idempotent-answers.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface OnceParts {
  db: Database;
  /** Called after a commit that may have put events into the outbox. */
  onCommitted: () => void;
}

export interface OnceRequest {
  /** Of the answer. */
  id: Buffer;
  /** Of the payload. */
  fingerprint: Buffer;
  /** What of an answer is kept: no body where it must not be. */
  toKeep(answer: Answer): { body: string | undefined; userId: string | undefined };
  /** Does what is asked, and gives its answer; throws the problem of a refusal. */
  work(): Promise<Answer>;
}

/**
 * The answer to a request whose effect and answer are one transaction; `isRepeat` when an earlier one had them. Throws
 * what `work` throws, which leaves nothing behind, and the problems 409 and 422 of idempotency-key.ts.
 */
export const answerOnce = async (
  { db, onCommitted }: OnceParts,
  { id, fingerprint, toKeep, work }: OnceRequest,
): Promise<{ answer: Answer; isRepeat: boolean }> => {
  let stored = await db.get('find_idempotent_answer', (sql) => findAnswer(sql, id));
  if (stored) return repeated(stored, fingerprint);
  try {
    const answer = await db.unit('idempotent_request', {
      first: async (tx) => {
        const claim = await claimAnswer(tx, id);
        if (claim === undefined) throw inFlight();
        stored = claim.stored;
        if (stored) throw intendedRollback('another request with this key has been done a moment ago');
      },
      work,
      last: async (tx, answer) => storeAnswer(tx, id, { ...answer, fingerprint, ...toKeep(answer) }),
    });
    onCommitted();
    return { answer, isRepeat: false };
  } catch (error) {
    if (stored) return repeated(stored, fingerprint);
    throw error;
  }
};

const repeated = ({ body, ...stored }: StoredAnswer, fingerprint: Buffer) => {
  const isErased = stored.fingerprint.length === 0;
  if (!isErased && !stored.fingerprint.equals(fingerprint)) throw keyReused();
  if (body === undefined) throw answerNotKept();
  return { answer: { ...stored, body }, isRepeat: true };
};
