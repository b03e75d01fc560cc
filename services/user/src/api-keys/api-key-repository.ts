import type { Scope } from '@souk/contracts/access.ts';
import { revocationRows } from '@souk/service-kit/access/revocation-rows.ts';
import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';

export interface ApiKey {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date;
}

/** The keys of machines in Postgres. */
export const apiKeyRepository = ({ db, onCommitted }: { db: Database; onCommitted: () => void }) => ({
  insert: async ({ id, name, scopes, createdAt, expiresAt }: ApiKey, secretHash: Buffer): Promise<void> => {
    await db.save(
      'insert_api_key',
      (sql) => sql`
        with created as (
          insert into api_keys (id, name, scopes, secret_hash, created_at, expires_at)
          values (${id}, ${name}, ${scopes}, ${secretHash}, ${createdAt}, ${expiresAt}) returning id
        ), audited as (${auditRows(sql, sql`select id::text from created`)})
        select id from created`,
    );
  },

  /** The keys of a page and one more, in the order in which they were made; those that have expired as well. */
  list: ({ limit, after }: { limit: number; after?: string | undefined }): Promise<ApiKey[]> =>
    db.getAll(
      'list_api_keys',
      (sql) => sql<ApiKey[]>`
        select id, name, scopes, created_at as "createdAt", expires_at as "expiresAt" from api_keys
        where true ${after === undefined ? sql`` : sql`and id > ${after}`}
        order by id limit ${limit + 1}`,
    ),

  /** The scopes of a key that has not expired. */
  scopesOf: async (id: string, secretHash: Buffer, now: Date): Promise<Scope[] | undefined> => {
    const [key] = await db.get(
      'find_api_key',
      (sql) => sql<{ scopes: Scope[] }[]>`
        select scopes from api_keys
        where id = ${id} and secret_hash = ${secretHash} and expires_at > ${now}`,
    );
    return key?.scopes;
  },

  /** Removes a key and revokes its access tokens. Whether there was such a key. */
  remove: async (id: string): Promise<boolean> => {
    const removed = await db.save(
      'remove_api_key',
      (sql) => sql`
        with revoked as (
          delete from api_keys where id = ${id} returning id as subject, null::uuid as session_id
        ), told as (${revocationRows(sql, new Date())}),
        audited as (${auditRows(sql, sql`select subject::text from revoked`)})
        select subject from revoked`,
    );
    if (removed.length > 0) onCommitted();
    return removed.length > 0;
  },
});
