import { hash } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { EventToRecord } from '../shop/shop.ts';
import type { Interaction } from './interaction.ts';

/** A random UUID, fixed: with another one every line would be imported again. */
const namespace = '5a0c3a5e-9d0f-4b7a-8a3e-2f7f4c1d6b90';

const namePointsMax = 90;

/** The address of a user of a file. What no address may hold, or would be the same in another case, is hashed. */
export const emailOf = (user: string): string => {
  const name = /^[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?$/.test(user)
    ? user
    : hash('sha256', user, 'hex').slice(0, 32);
  return `user-${name}@imported.example`;
};

/** What the user is called: without what no name may hold, such as a variation selector, and no longer than one may be. */
export const nameOf = (user: string): string => {
  const shown = user.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '');
  return `User ${[...shown].slice(0, namePointsMax).join('')}`;
};

/** The activity of a line. Its id is made of what the line says: the same in every copy of the file. */
export const interactionEvent = (
  { user, product, atMs, type, session = '' }: Interaction,
  { userId, productId }: { userId: string; productId: string },
): EventToRecord => ({
  id: uuidv5(JSON.stringify([user, product, atMs, type, session]), namespace),
  type,
  user_id: userId,
  product_id: productId,
  occurred_at: new Date(atMs).toISOString(),
});
