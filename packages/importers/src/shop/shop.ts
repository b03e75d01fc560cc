import { type Answer, type HttpClient, publicDetail } from './http-client.ts';
import { chunked, inParallel } from './in-parallel.ts';
import type { ServiceUrls } from './service-urls.ts';

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
  quantity?: number | undefined;
  /** Major units. */
  unit_price?: number | undefined;
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

export const batchItemsMax = 1_000;
const registrationsAtOnceMax = 8;

/**
 * What the commands do with a shop's HTTP surface. Every call is harmless to repeat. They throw an Error written for the
 * user when a service does not answer or answers what it should not.
 */
export const createShop = (http: HttpClient, urls: ServiceUrls) => {
  /** Registers whom is not there yet; the others are found by their e-mail and left as they are. */
  const ensureUsers = async (users: readonly UserToHave[], onDone?: () => void): Promise<Ensured> => {
    const ids = new Map<string, string>();
    let created = 0;
    await inParallel(users, registrationsAtOnceMax, async (user) => {
      const answer = await http.post<{ id: string }>(`${urls.user}/api/v1/users`, user);
      if (answer.status === 201) created += 1;
      ids.set(user.email, answer.status === 409 ? await findUser(user.email) : expect(answer, 201).id);
      onDone?.();
    });
    return { ids, created };
  };

  const findUser = async (email: string): Promise<string> => {
    const query = new URLSearchParams({ email });
    const answer = await http.get<{ items: { id: string }[] }>(`${urls.user}/api/v1/users?${query}`);
    const [user] = expect(answer, 200).items;
    if (!user) throw new Error(`the user ${email} is said to exist and cannot be found: try again`);
    return user.id;
  };

  /** Creates the products, or gives those with the same sku these values. Skus must be distinct. */
  const ensureProducts = async (
    products: readonly ProductToHave[],
    onDone?: (count: number) => void,
  ): Promise<Ensured> => {
    const ids = new Map<string, string>();
    let created = 0;
    for await (const chunk of chunked(products, batchItemsMax)) {
      const url = `${urls.product}/api/v1/products/batch`;
      const body = expect(await http.post<ProductBatchAnswer>(url, { products: chunk }), 207);
      const [refused] = body.rejected;
      if (refused) throw new Error(`the product ${chunk[refused.index]?.sku} was refused: ${refused.detail}`);
      for (const { index, id } of body.items) ids.set((chunk[index] as ProductToHave).sku, id);
      created += body.created;
      onDone?.(chunk.length);
    }
    return { ids, created };
  };

  /** Records up to 1,000 events: one alone, several as a batch. */
  const recordEvents = async (events: readonly EventToRecord[]): Promise<Recorded> => {
    const [first, ...others] = events;
    if (first && others.length === 0) return recordOne(first);
    const url = `${urls.user}/api/v1/events/batch`;
    const { accepted, repeated, rejected } = expect(await http.post<EventBatchAnswer>(url, { events }), 207);
    return {
      recorded: accepted,
      repeated,
      rejected: rejected.map(({ index, detail }) => ({ index, reason: detail })),
    };
  };

  const recordOne = async (event: EventToRecord): Promise<Recorded> => {
    const answer = await http.post(`${urls.user}/api/v1/events`, event);
    if (answer.status === 201) return { recorded: 1, repeated: 0, rejected: [] };
    if (answer.status === 200) return { recorded: 0, repeated: 1, rejected: [] };
    if (answer.status === 500) throw unexpected(answer);
    const reason = `status ${answer.status}${publicDetail(answer.body)}`;
    return { recorded: 0, repeated: 0, rejected: [{ index: 0, reason }] };
  };

  return { ensureUsers, ensureProducts, recordEvents };
};

export type Shop = ReturnType<typeof createShop>;

interface ProductBatchAnswer {
  created: number;
  items: { index: number; id: string }[];
  rejected: { index: number; detail: string }[];
}

interface EventBatchAnswer {
  accepted: number;
  repeated: number;
  rejected: { index: number; detail: string }[];
}

const expect = <Body>(answer: Answer<Body>, status: number): Body => {
  if (answer.status === status && answer.body !== undefined) return answer.body;
  throw unexpected(answer);
};

const unexpected = ({ url, status, body }: Answer): Error =>
  new Error(`${url} answered ${status}${publicDetail(body)}`);
