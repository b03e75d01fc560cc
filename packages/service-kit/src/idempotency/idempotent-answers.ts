import { createHmac, hash } from 'node:crypto';
import type { Sql, TransactionSql } from '../postgres/database.ts';
import { maintainDayPartitions } from '../postgres/day-partitions.ts';

/** What a request was answered, as a repeat is answered again. */
export interface StoredAnswer {
  /** Of the payload that it answers. */
  fingerprint: Buffer;
  status: number;
  headers: Record<string, string>;
  /** Undefined when it was not kept, or its user has been erased. */
  body: string | undefined;
}

/** Who sends a request to which route under which key. */
export interface KeyUse {
  caller: string;
  route: string;
  key: string;
}

/** How long a key is taken. */
const keptHours = 24;

/** The id of an answer. The key cannot be read from it. */
export const answerId = ({ caller, route, key }: KeyUse): Buffer =>
  hash('sha256', JSON.stringify([caller, route, key]), 'buffer');

/** Of a payload, which may hold a password: nobody without the key can try payloads against it. */
export const fingerprintOf = (key: string, payload: unknown): Buffer =>
  createHmac('sha256', key).update(JSON.stringify(payload)).digest();

/** The answer with this id; undefined when there is none, or none of the last 24 hours. */
export const findAnswer = async (
  sql: Sql | TransactionSql,
  id: Buffer,
): Promise<StoredAnswer | undefined> => {
  const [row] = await sql<(Omit<StoredAnswer, 'body'> & { body: string | null })[]>`
    select fingerprint, status, headers, body from idempotent_answers
    where id = ${id} and created_at > now() - make_interval(hours => ${keptHours})
    order by created_at desc limit 1`;
  return row && { ...row, body: row.body ?? undefined };
};

/**
 * Claims an id until the transaction ends, and waits for nobody: undefined when another transaction holds it. Else the
 * answer that is stored, with all that is committed.
 */
export const claimAnswer = async (
  tx: TransactionSql,
  id: Buffer,
): Promise<{ stored: StoredAnswer | undefined } | undefined> => {
  const [{ claimed }] = await tx<[{ claimed: boolean }]>`
    select pg_try_advisory_xact_lock(${lockKeyOf(id)}::bigint) as claimed`;
  // After the lock: who held it before has committed, and this statement's snapshot shows what.
  return claimed ? { stored: await findAnswer(tx, id) } : undefined;
};

/** The advisory lock of an answer. */
export const lockKeyOf = (id: Buffer): string => String(id.readBigInt64BE());

export const storeAnswer = async (
  tx: TransactionSql,
  id: Buffer,
  { fingerprint, status, headers, body, userId }: StoredAnswer & { userId: string | undefined },
): Promise<void> => {
  await tx`
    insert into idempotent_answers (id, fingerprint, status, headers, body, user_id)
    values (${id}, ${fingerprint}, ${status}, ${JSON.stringify(headers)}::text::json, ${body ?? null}, ${userId ?? null})`;
};

/** Keeps one partition per day, and drops those in which every key is free again. */
export const maintainIdempotentAnswers = (sql: Sql, now: Date): Promise<void> =>
  maintainDayPartitions(sql, { table: 'idempotent_answers', retentionDays: 1 }, now);

/** Erases what answers hold of these users. Their keys stay taken: a late repeat must not register somebody again. */
export const eraseAnswers = async (tx: TransactionSql, userIds: readonly string[]): Promise<void> => {
  await tx`
    update idempotent_answers set body = null, fingerprint = '', user_id = null
    where user_id = any(${userIds}::uuid[])`;
};
