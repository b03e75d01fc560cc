import { dataOf, isApiError, souk } from '../lib/api.ts';

export interface Hit {
  kind: 'user' | 'product' | 'order' | 'event';
  title: string;
  note: string;
  href: string;
}

const listMax = 5;
const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const orderUid = /^[\w-]{1,64}$/;

/** Asks each service that may know the text. What nobody has is an empty list. */
export const findAnything = async (text: string, signal: AbortSignal): Promise<Hit[]> => {
  if (text === '') return [];
  const hits = await Promise.all(
    [
      ...(uuid.test(text) ? [user(text, signal), product(text, signal), event(text, signal)] : []),
      ...(orderUid.test(text) ? [order(text, signal)] : []),
      ...(text.includes('@') ? [usersWith(text, signal)] : []),
      ...(uuid.test(text) ? [] : [productsWith(text, signal)]),
    ].map(orNone),
  );
  return hits.flat();
};

/** A miss is no failure. */
const orNone = (asked: Promise<Hit[]>): Promise<Hit[]> =>
  asked.catch((error) => {
    if (isApiError(error) && error.status >= 400 && error.status < 500) return [];
    throw error;
  });

const user = async (id: string, signal: AbortSignal): Promise<Hit[]> => {
  const found = await dataOf(souk.user.GET('/api/v1/users/{id}', { params: { path: { id } }, signal }));
  return [{ kind: 'user', title: found.name, note: found.email, href: `/users?id=${id}` }];
};

const usersWith = async (email: string, signal: AbortSignal): Promise<Hit[]> => {
  const { items } = await dataOf(souk.user.GET('/api/v1/users', { params: { query: { email } }, signal }));
  return items.map(({ id, name, email: note }) => ({
    kind: 'user',
    title: name,
    note,
    href: `/users?id=${id}`,
  }));
};

const product = async (id: string, signal: AbortSignal): Promise<Hit[]> => {
  const found = await dataOf(souk.product.GET('/api/v1/products/{id}', { params: { path: { id } }, signal }));
  return [{ kind: 'product', title: found.name, note: found.sku ?? '', href: `/catalogue?id=${id}` }];
};

const productsWith = async (q: string, signal: AbortSignal): Promise<Hit[]> => {
  const query = { q, limit: listMax };
  const { items } = await dataOf(souk.product.GET('/api/v1/products', { params: { query }, signal }));
  return items.map(({ id, name, sku }) => ({
    kind: 'product',
    title: name,
    note: sku ?? '',
    href: `/catalogue?id=${id}`,
  }));
};

const order = async (order_uid: string, signal: AbortSignal): Promise<Hit[]> => {
  const path = { order_uid };
  const { status } = await dataOf(
    souk.product.GET('/api/v1/orders/{order_uid}/status', { params: { path }, signal }),
  );
  return [{ kind: 'order', title: order_uid, note: status, href: `/orders?uid=${order_uid}` }];
};

const event = async (id: string, signal: AbortSignal): Promise<Hit[]> => {
  const found = await dataOf(souk.user.GET('/api/v1/events/{id}', { params: { path: { id } }, signal }));
  return [{ kind: 'event', title: found.type, note: id, href: `/events?id=${id}` }];
};
