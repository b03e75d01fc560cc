import type { Interaction } from '../interactions/interaction.ts';
import { productKey, userKey } from '../interactions/keys.ts';
import type { NeighbourRepository } from '../neighbours/neighbour-repository.ts';
import type { Neighbourhood } from '../neighbours/neighbourhood.ts';
import type { SessionItem } from '../neighbours/session.ts';
import { decayedWeight } from '../popularity/popularity.ts';
import { type Explanation, explanationOf } from './explanation.ts';
import { pageOf } from './page.ts';
import type { Ranked } from './recommendation.ts';
import type { BasketQuery, RecommendationQuery } from './recommendation-query.ts';
import type { ProductRow, RecommendationRepository, Selection } from './recommendation-repository.ts';

export interface RecommenderParts {
  products: RecommendationRepository;
  shoppers: NeighbourRepository;
  neighbours: Neighbourhood;
  halfLifeMs: number;
}

export type Recommender = ReturnType<typeof recommender>;

/** Categories of the newest products of a shopper that are looked into when the neighbours say too little. */
export const categoriesMax = 3;

/** Every strategy over the tables of one database. What is asked for is filled up until it is enough. */
export const recommender = (parts: RecommenderParts) => {
  const { products, shoppers, neighbours, halfLifeMs } = parts;

  const top = async (by: 'popular' | 'trending', selection: Selection & { limit: number }, now: Date) =>
    (await products.top(by, selection)).map((row): Ranked => {
      if (row.log_weight === null) return { row, score: 0, reason: 'new' };
      const score = by === 'popular' ? row.weight : decayedWeight(row.log_weight, now.getTime(), halfLifeMs);
      return { row, score, reason: by };
    });

  const bySession = async (
    session: readonly SessionItem[],
    reason: 'personal' | 'basket',
    selection: Parameters<Neighbourhood['forSession']>[1],
  ): Promise<Ranked[]> => (await neighbours.forSession(session, selection)).map(rankedFor(reason));

  const similarTo = async (product: number, selection: Selection & { limit: number }): Promise<Ranked[]> =>
    (await neighbours.similarTo(product, selection)).map(rankedFor('similar'));

  /** What is trending in the categories of these products, the first that are different. */
  const inCategoriesOf =
    (session: readonly number[], now: Date) =>
    async (selection: Selection & { limit: number }): Promise<Ranked[]> => {
      if (session.length === 0 || selection.category !== undefined) return [];
      const rows = await products.byKey(session);
      const seen = session.flatMap((key) => rows.get(key)?.category ?? []);
      const lists = await Promise.all(
        [...new Set(seen)]
          .slice(0, categoriesMax)
          .map((category) => top('trending', { ...selection, category }, now)),
      );
      return lists
        .flat()
        .filter(({ reason }) => reason === 'trending')
        .sort((a, b) => byTrend(a.row, b.row))
        .map((ranked) => ({ ...ranked, reason: 'category' }));
    };

  /** The rest of a page: what is popular where there is something to go by, else what is trending. */
  const rest = (session: readonly unknown[], now: Date) => (selection: Selection & { limit: number }) =>
    top(session.length > 0 ? 'popular' : 'trending', selection, now);

  return {
    /** The answer to a question. */
    recommend: async (query: RecommendationQuery, now: Date): Promise<Ranked[]> => {
      const { strategy, limit, category, userId, productId } = query;
      const self = userId === undefined ? undefined : userKey(userId);
      const history = self === undefined ? [] : await shoppers.history(self);
      const asked = { limit, ...(category === undefined ? {} : { category }) };
      const own = query.bought ? [] : boughtIn(history);
      const exclude = query.exclude.map(productKey);
      switch (strategy) {
        case 'popular':
        case 'trending':
          return pageOf({ ...asked, exclude, own }, [(selection) => top(strategy, selection, now)]);
        case 'similar': {
          const product = productKey(productId as string);
          return pageOf({ ...asked, exclude: [...exclude, product], own }, [
            (selection) => similarTo(product, selection),
            inCategoriesOf([product], now),
            rest([product], now),
          ]);
        }
        case 'personal': {
          const session = neighbours.session(history);
          const seen = session.map(({ product }) => product);
          const unseen = (selection: Selection & { limit: number }) =>
            bySession(session, 'personal', {
              ...selection,
              exclude: [...selection.exclude, ...(query.bought ? [] : seen)],
              ...(self && { self }),
              habit: neighbours.habit(history),
              again: query.bought,
            });
          const sources = [unseen, inCategoriesOf(seen, now), rest(session, now)];
          return pageOf({ ...asked, exclude, own }, sources);
        }
        default:
          throw new Error('unhandled strategy', { cause: strategy satisfies never });
      }
    },

    /** The parts of the score of one product, for a user or for the products of a session. */
    explain: async (
      of: { userId: string } | Pick<BasketQuery, 'items'>,
      productId: string,
      now: Date,
    ): Promise<Explanation> => {
      const history = 'items' in of ? basketHistory(of.items) : await shoppers.history(userKey(of.userId));
      const asker = 'items' in of ? {} : { self: userKey(of.userId), habit: neighbours.habit(history) };
      const product = productKey(productId);
      const explained = await neighbours.explain(neighbours.session(history), product, asker);
      const rows = await products.byKey([product, ...explained.votes.map((part) => part.product)]);
      const row = rows.get(product);
      return explanationOf(explained, row, {
        productId,
        ids: new Map([...rows].map(([key, { product_id }]) => [key, product_id])),
        trending: decayedWeight(row?.log_weight ?? Number.NEGATIVE_INFINITY, now.getTime(), halfLifeMs),
      });
    },

    /** For a guest: what fits the products of a session, of which none is shown again. */
    forBasket: async ({ items, limit, category, exclude }: BasketQuery, now: Date): Promise<Ranked[]> => {
      const session = neighbours.session(basketHistory(items));
      const seen = session.map(({ product }) => product);
      return pageOf(
        {
          limit,
          ...(category === undefined ? {} : { category }),
          exclude: exclude.map(productKey),
          own: items.map(({ productId }) => productKey(productId)),
        },
        [(selection) => bySession(session, 'basket', selection), inCategoriesOf(seen, now), rest(seen, now)],
      );
    },
  };
};

const rankedFor =
  (reason: Ranked['reason']) =>
  ({ score, because, ...row }: ProductRow & { score: number; because: string[] }): Ranked => ({
    row,
    score,
    reason,
    because,
  });

/** In the order of `trending`, also where scores are too small for a number. */
const byTrend = (a: ProductRow, b: ProductRow): number =>
  (b.log_weight ?? 0) - (a.log_weight ?? 0) || (a.product_id < b.product_id ? -1 : 1);

const boughtIn = (history: readonly Interaction[]): number[] => [
  ...new Set(
    history.flatMap(({ type, returned, product }) => (type === 'purchase' && !returned ? [product] : [])),
  ),
];

/** The items of a basket as carts of a shopper, newest first; without times the last of the list is the newest. */
const basketHistory = (items: BasketQuery['items']): Interaction[] =>
  items
    .map(({ productId, atMs }, place) => ({
      product: productKey(productId),
      type: 'add_to_cart' as const,
      atMs: atMs ?? place,
      returned: false,
    }))
    .reverse()
    .sort((a, b) => b.atMs - a.atMs);
