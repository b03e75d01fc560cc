import type { TransactionSql } from './database.ts';

/** Tables whose rows nobody changes: of these the service may insert and read. */
const appendOnly = '^(outbox|audit)(_default|_\\d{8}|_[a-z]+)?$';
const changeable = ['outbox_cursor'];

/**
 * Lets the role of the service, which has the name of the schema, use what the owner of the schema has made: read and
 * write rows, and nothing more. Does nothing where the service's role is itself the owner.
 */
export const grantToService = async (tx: TransactionSql): Promise<void> => {
  const [{ service, isOwner }] = await tx<[{ service: string; isOwner: boolean }]>`
    select current_schema() as service, current_user = current_schema() as "isOwner"`;
  if (isOwner) return;
  const role = tx(service);
  await tx`grant select, insert, update, delete, truncate on all tables in schema ${role} to ${role}`;
  // Update, for `souk outbox advance`.
  await tx`grant usage, select, update on all sequences in schema ${role} to ${role}`;
  await tx`revoke insert, update, delete, truncate on schema_migrations from ${role}`;
  const tables = await tx<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relname ~ ${appendOnly}
      and relname <> all(${changeable})`;
  for (const { name } of tables) await tx`revoke update, delete, truncate on ${tx(name)} from ${role}`;
  // A lock on it, for `souk outbox advance`.
  if (tables.some(({ name }) => name === 'outbox')) await tx`grant maintain on outbox to ${role}`;
};
