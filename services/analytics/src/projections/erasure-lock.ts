import { constantFragment, type Fragment, type TransactionSql } from '@souk/service-kit/postgres/database.ts';

/**
 * A user is erased by a batch of one topic while a batch of another may record an order of that user: neither
 * sees what the other has not committed, and the record would outlive its user. So they take turns. The lock
 * comes before all rows that partitions share: nobody waits for it with such a row in hand.
 */
const name = 'souk:analytics:erasure';

/** Tables that are built beside those in use have locks of their own. */
export const tablesSeed = constantFragment((sql) => sql`(current_schema() like '%\\_beside')::int`);

/**
 * For a batch that records under users: no user is erased until its transaction ends. Not waited for: the statements
 * behind it are done once it has the lock, and where it fails, none of them is, and the transaction fails with its error.
 */
export const keepErasuresOut = (tx: TransactionSql): void => {
  send(tx`select pg_advisory_xact_lock_shared(hashtextextended(${name}, ${tablesSeed(tx)}))`);
};

/** For a batch that erases users: no other records anything until its transaction ends. Not waited for either. */
export const keepRecordsOut = (tx: TransactionSql): void => {
  send(tx`select pg_advisory_xact_lock(hashtextextended(${name}, ${tablesSeed(tx)}))`);
};

const send = (query: Fragment): void => {
  query.catch(() => undefined);
};
