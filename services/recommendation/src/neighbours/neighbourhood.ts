import { weightsByKind } from '../interactions/history-codec.ts';
import { historyItems } from './history-items.ts';
import { mostVoted } from './most-voted.ts';
import { type NearShopper, nearestShoppers } from './nearest-shoppers.ts';
import type { NeighbourRepository, Selection } from './neighbour-repository.ts';
import { rarity } from './rarity.ts';
import { type SessionItem, sessionOf } from './session.ts';
import { type Candidate, type Neighbours, partsOf, sessionScores, sessionVotes } from './session-scores.ts';
import { sharedShoppers, similarScores } from './similar-scores.ts';

/** How far is looked. Only read: they may change at any time. */
export interface NeighbourhoodSettings {
  /** The newest products of a session that count. */
  sessionItemsMax: number;
  /** The newest shoppers of each of them that are looked at. */
  shoppersPerItemMax: number;
  /** The nearest of those whose histories are read, until those hold so many interactions. */
  neighboursMax: number;
  neighbourItemsMax: number;
  /** The newest shoppers of a product whose histories say what is similar. */
  similarShoppersMax: number;
  /** Products with the most votes that are scored. */
  candidatesMax: number;
}

export const defaultNeighbourhood: NeighbourhoodSettings = {
  sessionItemsMax: 20,
  shoppersPerItemMax: 200,
  neighboursMax: 300,
  neighbourItemsMax: 10_000,
  similarShoppersMax: 300,
  candidatesMax: 1_000,
};

/** The score is the sum of the votes times the rarity. */
export interface ExplainedScore {
  /** The near shoppers that were asked, and those of them who were at the product. */
  neighbours: number;
  voters: number;
  /** All shoppers of the product. */
  shoppers: number;
  rarity: number;
  /** The products of the session, newest first, and how much of the votes comes from each. */
  votes: (SessionItem & { votes: number })[];
}

export type Neighbourhood = ReturnType<typeof neighbourhood>;

/** Looks neighbours up when asked: a few reads of bounded size, whatever the number of products and shoppers. */
export const neighbourhood = (
  repository: NeighbourRepository,
  weights: ReadonlyMap<string, number>,
  settings: NeighbourhoodSettings = defaultNeighbourhood,
) => {
  const { sessionItemsMax, shoppersPerItemMax, similarShoppersMax, candidatesMax } = settings;
  const weightByKind = weightsByKind(weights);

  /** What the nearest shoppers of a session were at. `self` is the key of its shopper. */
  const neighboursOf = async (session: readonly SessionItem[], self?: string): Promise<Neighbours> => {
    const { neighboursMax, neighbourItemsMax } = settings;
    const products = session.map(({ product }) => product);
    const shoppers = await repository.newestShoppers(products, shoppersPerItemMax);
    const nearest = nearestShoppers(session, shoppers, {
      neighboursMax,
      ...(self === undefined ? {} : { self: BigInt(self) }),
    });
    const { places, ...histories } = await repository.histories(
      nearest.map(({ shopper }) => shopper),
      neighbourItemsMax,
    );
    const { keys, items } = historyItems(histories, products, weightByKind);
    const near = items.map((of, at) => ({ ...(nearest[places[at] as number] as NearShopper), items: of }));
    return { near, keys };
  };

  return {
    /** The part of a history, newest first, that recommendations follow from. */
    session: (history: Parameters<typeof sessionOf>[0]): SessionItem[] =>
      sessionOf(history, weights, sessionItemsMax),

    /** The best products for a session, with the products of the session they come from. */
    forSession: async (
      session: readonly SessionItem[],
      { self, limit, ...selection }: Selection & { self?: string; limit: number },
    ): Promise<Candidate[]> => {
      if (session.length === 0) return [];
      const neighbours = await neighboursOf(session, self);
      const votes = sessionVotes(neighbours);
      const candidates = mostVoted(votes, neighbours.keys, candidatesMax);
      if (candidates.length === 0) return [];
      const selectable = await repository.selectable(candidates, selection);
      return sessionScores(session, neighbours, votes, selectable, { limit });
    },

    /** The parts of the score of one product for a session; of products that may not be shown, too. */
    explain: async (
      session: readonly SessionItem[],
      product: number,
      self?: string,
    ): Promise<ExplainedScore> => {
      const { near, keys } = await neighboursOf(session, self);
      const shoppers = (await repository.shoppersOf([product])).get(product) ?? 0;
      const number = keys.indexOf(product);
      const parts = partsOf([number], session, near).get(number) ?? [];
      return {
        neighbours: near.length,
        voters: near.filter(({ items }) => items.includes(number)).length,
        shoppers,
        rarity: rarity(shoppers),
        votes: session.map((item, place) => ({ ...item, votes: parts[place] ?? 0 })),
      };
    },

    /** The products most similar to one: those that the same shoppers were at. */
    similarTo: async (
      product: number,
      { limit, ...selection }: Selection & { limit: number },
    ): Promise<{ product: number; score: number }[]> => {
      const shoppers = (await repository.newestShoppers([product], similarShoppersMax)).get(product);
      if (!shoppers) return [];
      const histories = await repository.histories([...shoppers.newest.keys]);
      const { keys, items } = historyItems(histories, [product], weightByKind);
      const counts = sharedShoppers(items, keys.length);
      const candidates = mostVoted(counts, keys, candidatesMax);
      if (candidates.length === 0) return [];
      const selectable = await repository.selectable(candidates, selection);
      return similarScores(shoppers, { counts, keys }, selectable, { limit });
    },
  };
};
