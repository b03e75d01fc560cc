import type { Database } from '@souk/service-kit/postgres/database.ts';
import { decodeHistory } from '../interactions/history-codec.ts';
import { productKey, userKey } from '../interactions/keys.ts';
import type { Scoring } from '../popularity/scoring.ts';

/** Something that happened, as it was published. A returned purchase is one that was taken back later. */
export interface Fact {
  product_id: string;
  user_id: string;
  type: string;
  occurred_at: string;
  returned?: boolean;
}

/** What the catalogue says of a product at last. */
export interface State {
  product_id: string;
  version: number;
  name: string | null;
  price_minor: number | null;
  category: string | null;
  available: boolean;
}

export interface Happened {
  /** By product id. */
  states: ReadonlyMap<string, State>;
  facts: readonly Fact[];
  /** Ids of deleted users. */
  erased: ReadonlySet<string>;
}

/** All that the service stores. */
export interface Tables {
  products: (State & { weight: number; log_weight: number | null; shoppers: number })[];
  /** By shopper key, in their order. */
  shoppers: Record<string, object[] | null>;
  /** `product hour shopper` */
  productShoppers: string[];
}

const hourMs = 3_600_000;

/** The tables as they follow from everything at once: no batches, no merges, no codec. */
export const expectedTables = (happened: Happened, scoring: Scoring): Tables => {
  const histories = keptFacts(happened, scoring);
  // What was returned keeps its place in a history, and has no other part in anything.
  const counting = [...histories.values()].flat().filter(({ returned }) => !returned);
  const named = new Set([...happened.states.keys(), ...counting.map(({ product_id }) => product_id)]);
  const products = [...named].sort().map((product_id) => {
    const state = happened.states.get(product_id);
    const of = counting.filter((fact) => fact.product_id === product_id);
    return {
      product_id,
      version: state?.version ?? 0,
      name: state?.name ?? null,
      price_minor: state?.price_minor ?? null,
      category: state?.category ?? null,
      available: state?.available ?? false,
      weight: of.reduce((sum, { type }) => sum + (scoring.weights.get(type) ?? 0), 0),
      log_weight: logSum(of, scoring),
      shoppers: new Set(of.map(({ user_id }) => user_id)).size,
    };
  });
  const shoppers = Object.fromEntries<object[] | null>(
    [...histories].map(([user, facts]) => [userKey(user), facts.map(shown)]),
  );
  for (const user of happened.erased) shoppers[userKey(user)] = null;
  const productShoppers = [...Map.groupBy(counting, ({ user_id }) => user_id)].flatMap(([user, facts]) =>
    [...Map.groupBy(facts, ({ product_id }) => product_id)].map(([product_id, of]) => {
      const newest = Math.max(...of.map(({ occurred_at }) => Date.parse(occurred_at)));
      return `${productKey(product_id)} ${Math.floor(newest / hourMs)} ${userKey(user)}`;
    }),
  );
  return { products, shoppers, productShoppers: productShoppers.sort() };
};

/** By user id, what counts of each user who is not deleted: newest first. */
export const keptFacts = ({ facts, erased }: Happened, scoring: Scoring): Map<string, Fact[]> => {
  const weighing = facts.filter(
    ({ type, user_id }) => (scoring.weights.get(type) ?? 0) > 0 && !erased.has(user_id),
  );
  const histories = new Map<string, Fact[]>();
  for (const [user, all] of Map.groupBy(weighing, ({ user_id }) => user_id)) {
    const sorted = all.toSorted(newestFirst);
    const repeats = (fact: Fact, before: Fact[]) =>
      before.filter(({ product_id, type }) => product_id === fact.product_id && type === fact.type).length;
    histories.set(
      user,
      sorted
        .filter((fact, index) => repeats(fact, sorted.slice(0, index)) < scoring.repeatsMax)
        .slice(0, scoring.interactionsMax),
    );
  }
  return histories;
};

const order = ['view', 'like', 'add_to_cart', 'purchase'];

const newestFirst = (a: Fact, b: Fact): number =>
  Date.parse(b.occurred_at) - Date.parse(a.occurred_at) ||
  productKey(a.product_id) - productKey(b.product_id) ||
  order.indexOf(a.type) - order.indexOf(b.type) ||
  Number(b.returned ?? false) - Number(a.returned ?? false);

const shown = ({ product_id, type, occurred_at, returned = false }: Fact) => ({
  product: productKey(product_id),
  type,
  atMs: Date.parse(occurred_at),
  returned,
});

/** ln Σ w·e^(λt), with each weight rounded to 1/65536 of what one had at the start of its span of eight half-lives. */
export const logSum = (facts: readonly Fact[], { weights, halfLifeMs }: Scoring): number | null => {
  if (facts.length === 0) return null;
  const terms = facts.map(({ type, occurred_at }) => {
    const halfLives = Date.parse(occurred_at) / halfLifeMs;
    const start = 8 * Math.floor(halfLives / 8);
    return {
      amount: Math.round((weights.get(type) ?? 0) * 2 ** (halfLives - start) * 65_536),
      start,
    };
  });
  const last = Math.max(...terms.map(({ start }) => start));
  return (
    Math.log(terms.reduce((sum, { amount, start }) => sum + amount * 2 ** (start - last), 0)) +
    Math.LN2 * (last - 16)
  );
};

/** The tables as they are. */
export const storedTables = async ({ sql }: Database): Promise<Tables> => {
  const products = await sql<Tables['products']>`
    select product_id, version, name, price_minor, category, available, weight, log_weight, shoppers
    from products order by product_id`;
  const shoppers = await sql<{ key: string; history: Buffer | null }[]>`
    select shopper_key::text as key, history from shoppers`;
  const rows = await sql<{ row: string }[]>`
    select concat_ws(' ', product_key, hour, shopper_key) as row from product_shoppers`;
  return {
    products: [...products],
    shoppers: Object.fromEntries(
      shoppers.map(({ key, history }) => [key, history && decodeHistory(history)]),
    ),
    productShoppers: rows.map(({ row }) => row).sort(),
  };
};
