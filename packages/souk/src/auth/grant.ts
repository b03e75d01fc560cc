import type { Role } from '@souk/contracts/access.ts';
import { revocationRows } from '@souk/service-kit/access/revocation-rows.ts';
import { actAs } from '@souk/service-kit/audit/actor.ts';
import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { withServiceDatabase } from '../client/service-database.ts';

const actor = { subject: 'souk', action: 'grantRoles', network: '' };

/**
 * Sets the roles of the account with this e-mail. When they change its sessions end, and their access tokens are revoked.
 * Throws an Error for the user when there is none.
 */
export const grantRoles = (databaseUrl: string, email: string, given: readonly Role[]): Promise<string[]> =>
  withServiceDatabase({ service: 'user', url: databaseUrl, table: 'sessions' }, (client) =>
    client.begin(async (transaction) => {
      const sql = transaction as unknown as TransactionSql;
      // A statement sees the sessions that were begun before it: none begins while the account is locked.
      const [account] = await sql<{ id: string }[]>`
        select id from users where email_key = email_key(${email}) and not shares_email for no key update`;
      if (!account) throw new Error(`no account has the e-mail ${email}`);
      const [changed] = await actAs(
        actor,
        async () => sql<[{ roles: string[] }]>`
        with changed as (
          update users set roles = ${given as Role[]} where id = ${account.id}
          returning new.roles, new.roles is distinct from old.roles as other
        ), revoked as (
          delete from sessions where user_id = ${account.id} and (select other from changed)
          returning user_id as subject, id as session_id
        ), told as (${revocationRows(sql, new Date())}
        ), audited as (${auditRows(sql, sql`select ${account.id}::text from changed where other`)})
        select roles from changed`,
      );
      return changed.roles;
    }),
  );
