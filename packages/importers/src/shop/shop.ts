import type { SoukClient } from '@souk/client/client.ts';
import { dataOf, refusedError } from '@souk/client/refusal.ts';
import { chunked, inParallel } from './in-parallel.ts';

export interface UserToHave {
  email: string;
  name: string;
}

/** As POST /api/v1/products/batch takes it. */
export interface ProductToHave {
  sku: string;
  name: string;
  /** Major units. */
  price: number;
  currency?: string;
  category?: string;
  brand?: string;
}

/** As POST /api/v1/events takes it. With an id of its own, so that sending it again does no harm. */
export interface EventToRecord {
  id: string;
  user_id: string;
  type: string;
  product_id: string;
  quantity?: number;
  /** Major units. */
  unit_price?: number;
  occurred_at?: string;
}

/** What was found or made. `ids` is keyed by email or sku. */
export interface Ensured {
  ids: Map<string, string>;
  created: number;
}

export interface Recorded {
  recorded: number;
  /** Recorded before, with the same content. */
  repeated: number;
  /** The events that were not taken: their places in the call, and why. */
  rejected: { index: number; reason: string }[];
}

export interface Upserted {
  created: number;
  updated: number;
  unchanged: number;
  /** The products that were not taken: their places in the call, and why. */
  rejected: { index: number; reason: string }[];
}

export const batchItemsMax = 1_000;
const registrationsAtOnceMax = 8;

/**
 * What the commands do with a shop's HTTP surface. Every call is harmless to repeat. They throw an Error written for the
 * user when a service does not answer or answers what it should not.
 */
export const createShop = ({ user: users, product: products }: Pick<SoukClient, 'user' | 'product'>) => {
  /** Registers whom is not there yet; the others are found by their e-mail and left as they are. */
  const ensureUsers = async (wanted: readonly UserToHave[], onDone?: () => void): Promise<Ensured> => {
    const ids = new Map<string, string>();
    let created = 0;
    await inParallel(wanted, registrationsAtOnceMax, async (body) => {
      const answer = await users.POST('/api/v1/users', { body });
      if (answer.data) created += 1;
      const isThere = answer.response.status === 409;
      ids.set(body.email, isThere ? await findUser(body.email) : dataOf(answer).id);
      onDone?.();
    });
    return { ids, created };
  };

  const findUser = async (email: string): Promise<string> => {
    const { items } = dataOf(await users.GET('/api/v1/users', { params: { query: { email } } }));
    const [user] = items;
    if (!user) throw new Error(`the user ${email} is said to exist and cannot be found: try again`);
    return user.id;
  };

  /** Creates the products, or gives those with the same sku these values. Skus must be distinct. */
  const ensureProducts = async (
    wanted: readonly ProductToHave[],
    onDone?: (count: number) => void,
  ): Promise<Ensured> => {
    const ids = new Map<string, string>();
    let created = 0;
    for await (const chunk of chunked(wanted, batchItemsMax)) {
      const answer = dataOf(await products.POST('/api/v1/products/batch', { body: { products: chunk } }));
      const [refused] = answer.rejected;
      if (refused)
        throw new Error(`the product ${chunk[refused.index]?.sku} was refused: ${reasonOf(refused)}`);
      for (const { index, id } of answer.items) ids.set((chunk[index] as ProductToHave).sku, id);
      created += answer.created;
      onDone?.(chunk.length);
    }
    return { ids, created };
  };

  /** Finds products by sku and leaves them as they are; creates those that are not there, named by their sku, at no price. */
  const knownProducts = async (
    skus: readonly string[],
    onDone?: (count: number) => void,
  ): Promise<Ensured> => {
    const ids = new Map<string, string>();
    let created = 0;
    for await (const chunk of chunked(skus, batchItemsMax)) {
      // A sku alone changes nothing of a product that is there, and is too little for a new one.
      const found = dataOf(
        await products.POST('/api/v1/products/batch', { body: { products: chunk.map((sku) => ({ sku })) } }),
      );
      for (const { index, id } of found.items) ids.set(chunk[index] as string, id);
      const missing = found.rejected.map(({ index }) => chunk[index] as string);
      const made = await ensureProducts(missing.map((sku) => ({ sku, name: sku, price: 0 })));
      for (const [sku, id] of made.ids) ids.set(sku, id);
      created += made.created;
      onDone?.(chunk.length);
    }
    return { ids, created };
  };

  /** Creates or changes up to 1,000 products, each for itself. */
  const upsertProducts = async (wanted: readonly object[]): Promise<Upserted> => {
    const answer = await products.POST('/api/v1/products/batch', { body: { products: [...wanted] } });
    const { created, updated, unchanged, rejected } = dataOf(answer);
    return {
      ...{ created, updated, unchanged },
      rejected: rejected.map((item) => ({ index: item.index, reason: reasonOf(item) })),
    };
  };

  /** Records up to 1,000 events: one alone, several as a batch. */
  const recordEvents = async (events: readonly EventToRecord[]): Promise<Recorded> => {
    const [first, ...others] = events;
    if (first && others.length === 0) return recordOne(first);
    const answer = await users.POST('/api/v1/events/batch', { body: { events: [...events] } });
    const { accepted, repeated, rejected } = dataOf(answer);
    return {
      recorded: accepted,
      repeated,
      rejected: rejected.map((item) => ({ index: item.index, reason: reasonOf(item) })),
    };
  };

  const recordOne = async (body: EventToRecord): Promise<Recorded> => {
    const { response, error } = await users.POST('/api/v1/events', { body });
    if (response.status === 201) return { recorded: 1, repeated: 0, rejected: [] };
    if (response.status === 200) return { recorded: 0, repeated: 1, rejected: [] };
    if (response.status === 500) throw refusedError(response, error);
    const { problem } = refusedError(response, error);
    const reason = `status ${response.status}${problem ? `: ${problem.detail}` : ''}`;
    return { recorded: 0, repeated: 0, rejected: [{ index: 0, reason }] };
  };

  return { ensureUsers, ensureProducts, knownProducts, upsertProducts, recordEvents };
};

/** Why a batch does not take an item: the fields at fault, where they are known. */
const reasonOf = ({
  detail,
  errors = [],
}: {
  detail: string;
  errors?: readonly { field: string; message: string }[];
}): string =>
  errors.length === 0 ? detail : errors.map(({ field, message }) => `${field} ${message}`).join(', ');

export type Shop = ReturnType<typeof createShop>;
