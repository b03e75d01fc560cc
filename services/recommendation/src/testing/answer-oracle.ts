import { productKey, userKey } from '../interactions/keys.ts';
import { equalShare, recencyPower } from '../neighbours/nearest-shoppers.ts';
import type { NeighbourhoodSettings } from '../neighbours/neighbourhood.ts';
import { rarityShrinkage } from '../neighbours/rarity.ts';
import { becauseMax, nearby } from '../neighbours/session-scores.ts';
import { similarShrinkage } from '../neighbours/similar-scores.ts';
import type { Scoring } from '../popularity/scoring.ts';
import type { Reason } from '../recommendations/recommendation.ts';
import type { BasketQuery, RecommendationQuery } from '../recommendations/recommendation-query.ts';
import { categoriesMax } from '../recommendations/recommender.ts';
import { type Fact, type Happened, keptFacts, logSum, type State } from './oracle.ts';

/** An item of an answer. */
export interface ExpectedItem {
  product_id: string;
  score: number;
  reason: Reason;
  because?: string[];
}

interface Product extends State {
  key: number;
  /** Σ w, and ln Σ w·2^(t/H); null without activity. */
  weight: number;
  log: number | null;
  /** How many shoppers were at it. */
  shoppers: number;
}

interface Shopper {
  key: string;
  items: Item[];
}

/** A product of a shopper: the newest that the shopper did with it. */
interface Item {
  product: Product;
  atMs: number;
}

/** The candidates of one strategy, best first; the page takes what may be shown. */
type Source = { product: Product; score: number; reason: Reason; because?: string[] }[];

const hourMs = 3_600_000;

/** Every answer as it follows from the bare facts: by the formulas of the README, without tables, batches and indexes. */
export const expectedAnswers = (
  happened: Happened,
  scoring: Scoring,
  near: NeighbourhoodSettings,
  now: Date,
) => {
  const { products, shoppers, kept } = shopOf(happened, scoring);
  const onSale = [...products.values()].filter(({ available }) => available);
  const productOf = (id: string): Product => products.get(id) ?? neverSeen(id);

  const top = (by: 'popular' | 'trending'): Source => {
    const rank = (one: Product) => (by === 'popular' ? one.weight : (one.log ?? Number.NEGATIVE_INFINITY));
    return onSale
      .toSorted((a, b) => descending(rank(a), rank(b)) || ascending(a.product_id, b.product_id))
      .map((product) => {
        if (product.log === null) return { product, score: 0, reason: 'new' };
        const halfLives = now.getTime() / scoring.halfLifeMs;
        const decayed = Math.min(Math.exp(product.log - Math.LN2 * halfLives), Number.MAX_VALUE);
        return { product, score: by === 'popular' ? product.weight : decayed, reason: by };
      });
  };

  const inCategoriesOf = (session: readonly Product[], { category }: { category?: string }): Source => {
    if (category !== undefined) return [];
    const categories = new Set(session.flatMap((one) => one.category ?? []));
    const looked = [...categories].slice(0, categoriesMax);
    return top('trending').flatMap((one) =>
      one.reason === 'trending' && looked.includes(one.product.category ?? '')
        ? [{ ...one, reason: 'category' as const }]
        : [],
    );
  };

  const newestShoppers = (product: Product, max: number) =>
    shoppers
      .flatMap((shopper) => {
        const atMs = shopper.items.find((item) => item.product === product)?.atMs;
        return atMs === undefined ? [] : [{ shopper, hour: Math.floor(atMs / hourMs) }];
      })
      .sort((a, b) => b.hour - a.hour || descending(BigInt(a.shopper.key), BigInt(b.shopper.key)))
      .slice(0, max);

  /** The nearest shoppers: what each product in common says of their similarity, by its place in the session. */
  const neighboursOf = (session: readonly Product[], self?: string) => {
    const listed = session.map((product) => newestShoppers(product, near.shoppersPerItemMax));
    return shoppers
      .filter(({ key }) => key !== self)
      .flatMap((shopper) => {
        const shared = session.map((product, place) =>
          listed[place]?.some((one) => one.shopper === shopper)
            ? {
                even: (rarity(product) * equalShare) / session.length,
                recent: rarity(product) * (place + 1) ** -recencyPower,
              }
            : { even: 0, recent: 0 },
        );
        const similarity = sum(shared.map(({ even, recent }) => even + recent));
        const hours = listed.flat().filter((one) => one.shopper === shopper);
        const hour = Math.max(...hours.map((one) => one.hour));
        return hours.length === 0 ? [] : [{ shopper, shared, similarity, hour }];
      })
      .sort(
        (a, b) => b.similarity - a.similarity || b.hour - a.hour || ascending(a.shopper.key, b.shopper.key),
      )
      .slice(0, near.neighboursMax);
  };

  const forSession = (
    session: readonly Product[],
    reason: 'personal' | 'basket',
    mayBeShown: (one: Product) => boolean,
    self?: string,
  ): Source => {
    const neighbours = neighboursOf(session, self);
    /** Of each neighbour: how much it says for each product of the session. */
    const saidOf = (product: Product) =>
      neighbours.flatMap(({ shopper: { items }, shared }) => {
        const placeOf = (one: Product) => items.findIndex((item) => item.product === one);
        const at = placeOf(product);
        if (at === -1) return [];
        const parts = session.map((of, place) => {
          const { even, recent } = shared[place] as (typeof shared)[number];
          return of === product || even === 0
            ? 0
            : even + (recent * nearby) / (1 + Math.abs(at - placeOf(of)));
        });
        return [{ votes: sum(parts), parts }];
      });
    return mostVoted(
      [...products.values()].map((product) => ({
        product,
        votes: sum(saidOf(product).map(({ votes }) => votes)),
      })),
      near.candidatesMax,
    )
      .filter(({ product }) => mayBeShown(product))
      .map(({ product, votes }) => {
        const gave = session
          .map((of, place) => ({ of, part: sum(saidOf(product).map(({ parts }) => parts[place] as number)) }))
          .filter(({ of, part }) => of !== product && part > 0)
          .sort((a, b) => b.part - a.part || a.of.key - b.of.key)
          .slice(0, becauseMax);
        const because = gave.flatMap(({ of }) => (of.name === null ? [] : [of.product_id]));
        return { product, score: votes * rarity(product), reason, because };
      })
      .sort((a, b) => b.score - a.score || a.product.key - b.product.key);
  };

  const similarTo = (product: Product, mayBeShown: (one: Product) => boolean): Source => {
    const newest = newestShoppers(product, near.similarShoppersMax);
    const inCommon = (other: Product) =>
      newest.filter(({ shopper }) => shopper.items.some((item) => item.product === other)).length;
    const others = [...products.values()].filter((other) => other !== product);
    return mostVoted(
      others.map((other) => ({ product: other, votes: inCommon(other) })),
      near.candidatesMax,
    )
      .filter((one) => mayBeShown(one.product))
      .map(({ product: other, votes }) => {
        const common = votes / (newest.length / product.shoppers);
        const score = common / (Math.sqrt(product.shoppers * other.shoppers) + similarShrinkage);
        const because = product.name === null ? [] : [product.product_id];
        return { product: other, score, reason: 'similar' as const, because };
      })
      .sort((a, b) => b.score - a.score || a.product.key - b.product.key);
  };

  const sessionOf = (items: readonly Item[]) =>
    items.slice(0, near.sessionItemsMax).map(({ product }) => product);

  return {
    recommend: (query: RecommendationQuery): ExpectedItem[] => {
      const { strategy, userId, productId, bought } = query;
      const history = kept.get(userId ?? '') ?? [];
      const own = new Set(
        bought
          ? []
          : history.flatMap(({ type, returned, product_id }) =>
              type === 'purchase' && !returned ? [product_id] : [],
            ),
      );
      const page = pageFor(query, own);
      if (strategy === 'popular' || strategy === 'trending') return page.of([top(strategy)]);
      if (strategy === 'similar') {
        const product = productOf(productId as string);
        const others = pageFor({ ...query, exclude: [...query.exclude, product.product_id] }, own);
        return others.of([
          similarTo(product, others.mayBeShown),
          inCategoriesOf([product], query),
          top('trending'),
        ]);
      }
      const self = userKey(userId as string);
      const session = sessionOf(shoppers.find(({ key }) => key === self)?.items ?? []);
      const mayBeShown = (one: Product) => page.mayBeShown(one) && (bought || !session.includes(one));
      return page.of([
        forSession(session, 'personal', mayBeShown, self),
        inCategoriesOf(session, query),
        top('trending'),
      ]);
    },

    forBasket: (query: BasketQuery): ExpectedItem[] => {
      const newestFirst = query.items
        .map(({ productId, atMs }, place) => ({ product: productOf(productId), atMs: atMs ?? place, place }))
        .sort((a, b) => b.atMs - a.atMs || b.place - a.place);
      const session = sessionOf(distinctItems(newestFirst));
      const page = pageFor(query, new Set(query.items.map(({ productId }) => productId)));
      return page.of([
        forSession(session, 'basket', page.mayBeShown),
        inCategoriesOf(session, query),
        top('trending'),
      ]);
    },
  };
};

/** All that is known of the shop, from the facts that count. */
const shopOf = (happened: Happened, scoring: Scoring) => {
  const kept = keptFacts(happened, scoring);
  const counting = [...kept.values()].flat().filter(({ returned }) => !returned);
  const ids = new Set([...happened.states.keys(), ...counting.map(({ product_id }) => product_id)]);
  const products = new Map(
    [...ids].map((id): [string, Product] => {
      const of = counting.filter(({ product_id }) => product_id === id);
      return [
        id,
        {
          ...neverSeen(id),
          ...happened.states.get(id),
          weight: sum(of.map(({ type }) => scoring.weights.get(type) as number)),
          log: logSum(of, scoring),
          shoppers: new Set(of.map(({ user_id }) => user_id)).size,
        },
      ];
    }),
  );
  const shoppers = [...kept].map(([user, facts]): Shopper => {
    const counts = facts.filter((fact: Fact) => !fact.returned);
    const items = counts.map(({ product_id, occurred_at }) => ({
      product: products.get(product_id) as Product,
      atMs: Date.parse(occurred_at),
    }));
    return { key: userKey(user), items: distinctItems(items) };
  });
  return { products, shoppers, kept };
};

const neverSeen = (product_id: string): Product => ({
  ...{ product_id, key: productKey(product_id), version: 0, name: null, price_minor: null, category: null },
  ...{ available: false, weight: 0, log: null, shoppers: 0 },
});

/** The newest of each product. */
const distinctItems = (newestFirst: readonly Item[]): Item[] =>
  newestFirst.filter(
    ({ product }, place) =>
      newestFirst.findIndex((one) => one.product.product_id === product.product_id) === place,
  );

/** What a list may show, and the list: the sources one after the other, each product once. */
const pageFor = (
  { limit, category, exclude }: Pick<RecommendationQuery, 'limit' | 'category' | 'exclude'>,
  own: ReadonlySet<string>,
) => {
  const selected = (one: Product) =>
    one.available &&
    (category === undefined || one.category === category) &&
    !exclude.includes(one.product_id);
  const mayBeShown = (one: Product) => selected(one) && !own.has(one.product_id);
  const listed = (candidates: Source, may: (one: Product) => boolean): ExpectedItem[] =>
    candidates
      .filter(
        ({ product }, place) =>
          may(product) && candidates.findIndex((one) => one.product === product) === place,
      )
      .slice(0, limit)
      .map(({ product: { product_id }, ...shown }) => ({ product_id, ...shown }));
  const of = (sources: readonly Source[]) => {
    const page = listed(sources.flat(), mayBeShown);
    return page.length > 0 ? page : listed(sources.at(-1) as Source, selected);
  };
  return { mayBeShown, of };
};

const mostVoted = (all: readonly { product: Product; votes: number }[], max: number) =>
  all
    .filter(({ votes }) => votes > 0)
    .sort((a, b) => b.votes - a.votes || a.product.key - b.product.key)
    .slice(0, max);

const rarity = ({ shoppers }: Product): number => 1 / Math.sqrt(shoppers + rarityShrinkage);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const ascending = <T>(a: T, b: T): number => (a < b ? -1 : Number(a > b));
const descending = <T>(a: T, b: T): number => ascending(b, a);
