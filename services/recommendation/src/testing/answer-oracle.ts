import { productKey, userKey } from '../interactions/keys.ts';
import { equalShare, recencyPower } from '../neighbours/nearest-shoppers.ts';
import { becauseMax, habitPower, type NeighbourhoodSettings } from '../neighbours/neighbourhood.ts';
import { longSessionPower, rarityShrinkage } from '../neighbours/rarity.ts';
import { neighboursAsked, shoppersLooked } from '../neighbours/reach.ts';
import { nearby } from '../neighbours/session-votes.ts';
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

/** What may take a place among the candidates of neighbours, and what may be shown. */
interface Shown {
  beCandidate: (one: Product) => boolean;
  beShown: (one: Product) => boolean;
}

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

  /** How much a product of the session says, by its place. */
  const likenessOf = (session: readonly Product[], place: number) => {
    const rare = rarity(session[place] as Product);
    return { even: (rare * equalShare) / session.length, recent: rare * (place + 1) ** -recencyPower };
  };

  /** The nearest shoppers by what they have in common with the session, first come first among equals. */
  const neighboursOf = (session: readonly Product[], self?: string) => {
    const similarities = new Map<Shopper, number>();
    for (const [place, product] of session.entries())
      for (const { shopper } of newestShoppers(product, shoppersLooked(near.shoppersPerItemMax, place))) {
        const { even, recent } = likenessOf(session, place);
        similarities.set(shopper, (similarities.get(shopper) ?? 0) + (even + recent));
      }
    return [...similarities]
      .filter(([{ key }]) => key !== self)
      .sort(([, a], [, b]) => b - a)
      .slice(0, neighboursAsked(near.neighboursMax, session.length))
      .map(([shopper]) => shopper);
  };

  const forSession = (
    session: readonly Product[],
    reason: 'personal' | 'basket',
    may: Shown,
    { max, self, habit = 0, again = false }: { max: number; self?: string; habit?: number; again?: boolean },
  ): Source => {
    const power = ((longSessionPower * (session.length - 1)) / (session.length + 1)) * (1 - habit) ** 3;
    const weights = new Map(neighboursOf(session, self).map((shopper) => [shopper, 1]));
    const own = shoppers.find(({ key }) => key === self);
    if (own && again && habit > 0) weights.set(own, habit * habitPower);
    /** What each neighbour says of a product for each product of the session, by its place. */
    const partsOf = (product: Product) =>
      [...weights].flatMap(([{ items }, weight]) => {
        const at = items.findIndex((item) => item.product === product);
        if (at === -1) return [];
        const parts = items.map((item, other): [number, number] => {
          const place = session.indexOf(item.product);
          if (place === -1 || other === at) return [place, 0];
          const { even, recent } = likenessOf(session, place);
          return [place, even + (recent * nearby) / (1 + Math.abs(at - other))];
        });
        return [{ parts, weight }];
      });
    const votesFor = (product: Product) =>
      sum(partsOf(product).map(({ parts, weight }) => sum(parts.map(([, part]) => part)) * weight));
    const items = [...weights.keys()].flatMap((one) => one.items);
    const named = [...session, ...items.map(({ product }) => product)];
    return mostVoted(named.filter(may.beCandidate), votesFor, max)
      .filter(({ product }) => may.beShown(product))
      .map(({ product, votes }) => {
        const gave = session
          .map((of, place) => {
            const parts = partsOf(product).flatMap(({ parts: all, weight }) =>
              all.map(([from, part]) => (from === place ? part * weight : 0)),
            );
            return { of, part: sum(parts) };
          })
          .filter(({ part }) => part > 0)
          .sort((a, b) => b.part - a.part)
          .slice(0, becauseMax);
        const because = gave.flatMap(({ of }) => (of.name === null ? [] : [of.product_id]));
        return { product, score: votes / (product.shoppers + rarityShrinkage) ** power, reason, because };
      })
      .sort((a, b) => b.score - a.score || a.product.key - b.product.key);
  };

  const similarTo = (product: Product, may: Shown, max: number): Source => {
    const newest = newestShoppers(product, near.similarShoppersMax).map(({ shopper }) => shopper);
    const named = newest.flatMap(({ items }) => items.map((item) => item.product));
    const inCommon = (other: Product) =>
      other === product
        ? 0
        : newest.filter(({ items }) => items.some((item) => item.product === other)).length;
    return mostVoted(named.filter(may.beCandidate), inCommon, max)
      .filter((one) => may.beShown(one.product))
      .map(({ product: other, votes }) => {
        const common = votes / (newest.length / product.shoppers);
        const score = common / (Math.sqrt(product.shoppers * other.shoppers) + similarShrinkage);
        const because = product.name === null ? [] : [product.product_id];
        return { product: other, score, reason: 'similar' as const, because };
      })
      .sort((a, b) => b.score - a.score || a.product.key - b.product.key);
  };

  const candidatesFor = ({ limit, category }: { limit: number; category?: string }) =>
    Math.max(near.candidatesMax * (category === undefined ? 1 : 2), limit);

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
          similarTo(product, others.may, candidatesFor(query)),
          inCategoriesOf([product], query),
          top('popular'),
        ]);
      }
      const self = userKey(userId as string);
      const session = sessionOf(shoppers.find(({ key }) => key === self)?.items ?? []);
      const isNew = (one: Product) => bought || !session.includes(one);
      const may = {
        beShown: page.may.beShown,
        beCandidate: (one: Product) => page.may.beCandidate(one) && isNew(one),
      };
      return page.of([
        forSession(session, 'personal', may, {
          max: candidatesFor(query),
          self,
          habit: habitOf(history),
          again: bought,
        }),
        inCategoriesOf(session, query),
        top(session.length > 0 ? 'popular' : 'trending'),
      ]);
    },

    forBasket: (query: BasketQuery): ExpectedItem[] => {
      const newestFirst = query.items
        .map(({ productId, atMs }, place) => ({ product: productOf(productId), atMs: atMs ?? place, place }))
        .sort((a, b) => b.atMs - a.atMs || b.place - a.place);
      const session = sessionOf(distinctItems(newestFirst));
      const page = pageFor(query, new Set(query.items.map(({ productId }) => productId)));
      return page.of([
        forSession(session, 'basket', page.may, { max: candidatesFor(query) }),
        inCategoriesOf(session, query),
        top('popular'),
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

/** The share of repeats on another day. */
const habitOf = (history: readonly Fact[]): number => {
  const counting = history.filter(({ returned }) => !returned);
  const days = distinct(counting.map((one) => `${one.product_id} ${one.occurred_at.slice(0, 10)}`));
  return days.length === 0
    ? 0
    : 1 - distinct(counting.map(({ product_id }) => product_id)).length / days.length;
};

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

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
  const may: Shown = {
    beCandidate: ({ product_id }) => !exclude.includes(product_id) && !own.has(product_id),
    beShown: (one) => selected(one) && !own.has(one.product_id),
  };
  const listed = (candidates: Source, isShown: (one: Product) => boolean): ExpectedItem[] =>
    candidates
      .filter(
        ({ product }, place) =>
          isShown(product) && candidates.findIndex((one) => one.product === product) === place,
      )
      .slice(0, limit)
      .map(({ product: { product_id }, ...shown }) => ({ product_id, ...shown }));
  const of = (sources: readonly Source[]) => {
    const page = listed(sources.flat(), may.beShown);
    return page.length > 0 ? page : listed(sources.at(-1) as Source, selected);
  };
  return { may, of };
};

/** Of products, named in the order of their first appearance, those with the most votes. */
const mostVoted = (named: readonly Product[], votesFor: (one: Product) => number, max: number) =>
  [...new Set(named)]
    .map((product) => ({ product, votes: votesFor(product) }))
    .filter(({ votes }) => votes > 0)
    .sort((a, b) => b.votes - a.votes)
    .slice(0, max);

const rarity = ({ shoppers }: Product): number => 1 / Math.sqrt(shoppers + rarityShrinkage);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const ascending = <T>(a: T, b: T): number => (a < b ? -1 : Number(a > b));
const descending = <T>(a: T, b: T): number => ascending(b, a);
