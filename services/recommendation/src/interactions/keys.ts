import { hash } from 'node:crypto';

/**
 * The key of a product in the tables: 52 bits of a hash of its id, exact as a number. Of 100,000 products two have the
 * same with a probability of one in a million; the second would be refused by the unique constraint.
 * migrations/0003_interactions.sql makes the same in SQL.
 */
export const productKey = (productId: string): number =>
  Number.parseInt(hash('sha256', Buffer.from(productId.replaceAll('-', ''), 'hex'), 'hex').slice(0, 13), 16);

/** The key of a user: 64 bits, as text. Of a million two have the same with a probability of 1 : 37,000,000. */
export const userKey = (userId: string): string => textKey(userId);

/** An order of nobody known is a shopper of its own: what was bought together is known all the same. */
export const orderKey = (orderUid: string): string => textKey(`order ${orderUid}`);

const textKey = (text: string): string =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`)).toString();
