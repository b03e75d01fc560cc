import type { Role } from '@souk/contracts/access.ts';
import { withServiceDatabase } from '../client/service-database.ts';

/** Sets the roles of the account with this e-mail. Throws an Error for the user when there is none. */
export const grantRoles = (databaseUrl: string, email: string, given: readonly Role[]): Promise<string[]> =>
  withServiceDatabase({ service: 'user', url: databaseUrl, table: 'sessions' }, async (sql) => {
    const [account] = await sql<{ roles: string[] }[]>`
      update users set roles = ${given as Role[]}
      where email_key = email_key(${email}) and not shares_email
      returning roles`;
    if (!account) throw new Error(`no account has the e-mail ${email}`);
    return account.roles;
  });
