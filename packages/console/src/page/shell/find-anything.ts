import { type Address, addressOf } from '../lib/address.ts';
import { api, isApiError } from '../lib/api.ts';
import { orderUid, uuid } from '../lib/ids.ts';

export interface Hit {
  kind: 'user' | 'product' | 'order' | 'event';
  title: string;
  note: string | null;
  href: string;
}

export interface Findings {
  hits: Hit[];
  /** Every service that may know the text has answered. */
  isComplete: boolean;
}

/** Asks each service that may know the text. What nobody has is no hit. */
export const findAnything = async (text: string, signal: AbortSignal): Promise<Findings> => {
  if (text === '') return { hits: [], isComplete: true };
  const ask = <T>(address: Address<T>, hitsOf: (found: T) => Hit[]): Promise<Hit[]> =>
    api<T>(address, { signal }).then(hitsOf, (error) => {
      // A miss is no failure.
      if (isApiError(error) && error.status >= 400 && error.status < 500 && error.status !== 429) return [];
      throw error;
    });
  const asked: Promise<Hit[]>[] = [];
  if (uuid.test(text)) {
    const id = { id: text };
    asked.push(ask(addressOf('user', '/api/v1/users/{id}', id), (found) => [userHit(found)]));
    asked.push(ask(addressOf('product', '/api/v1/products/{id}', id), (found) => [productHit(found)]));
    asked.push(ask(addressOf('user', '/api/v1/events/{id}', id), ({ type }) => [eventHit(text, type)]));
  } else
    asked.push(
      ask(addressOf('product', '/api/v1/products', { q: text, limit: 5 }), ({ items }) =>
        items.map(productHit),
      ),
    );
  if (orderUid.test(text))
    asked.push(
      ask(addressOf('product', '/api/v1/orders/{order_uid}/status', { order_uid: text }), (found) => [
        { kind: 'order', title: text, note: found.status, href: `/orders?uid=${text}` },
      ]),
    );
  if (text.includes('@'))
    asked.push(ask(addressOf('user', '/api/v1/users', { email: text }), ({ items }) => items.map(userHit)));
  const answers = await Promise.allSettled(asked);
  return {
    hits: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    isComplete: answers.every(({ status }) => status === 'fulfilled'),
  };
};

const userHit = ({ id, name, email }: { id: string; name: string; email: string }): Hit => ({
  kind: 'user',
  title: name,
  note: email,
  href: `/users?id=${id}`,
});

const productHit = ({ id, name, sku }: { id: string; name: string; sku: string | null }): Hit => ({
  kind: 'product',
  title: name,
  note: sku,
  href: `/catalogue?id=${id}`,
});

const eventHit = (id: string, type: string): Hit => ({
  kind: 'event',
  title: type,
  note: id,
  href: `/events?id=${id}`,
});
