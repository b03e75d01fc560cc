import { weightsByKind } from '../interactions/history-codec.ts';
import type {
  Damping,
  RecommendationRepository,
  ScoredRow,
  Selection,
} from '../recommendations/recommendation-repository.ts';
import { bestCandidates } from './best-candidates.ts';
import { readHistories } from './histories.ts';
import { keyNumbers } from './key-numbers.ts';
import { largest } from './largest.ts';
import { likenessOf, nearestShoppers, type ProductShoppers } from './nearest-shoppers.ts';
import type { NeighbourRepository } from './neighbour-repository.ts';
import { dampingPower, rarityShrinkage, votesDamped } from './rarity.ts';
import { neighboursAsked, shoppersLooked } from './reach.ts';
import { habitOf, type SessionItem, sessionOf } from './session.ts';
import { partsOfVotes, sessionVotes } from './session-votes.ts';
import { sharedShoppers, similarDamping } from './similar-scores.ts';

/** How far is looked. Only read: they may change at any time. */
export interface NeighbourhoodSettings {
  /** The newest products of a session that count. */
  sessionItemsMax: number;
  /** The newest shoppers of each of them that are looked at; of the older ones half as many. */
  shoppersPerItemMax: number;
  /** The nearest of those whose histories say what goes with one product; with a long session fewer. */
  neighboursMax: number;
  /** The newest shoppers of a product whose histories say what is similar. */
  similarShoppersMax: number;
  /** Products with the most votes that are scored: as many as are asked for at least, of one category twice as many. */
  candidatesMax: number;
}

export const defaultNeighbourhood: NeighbourhoodSettings = {
  sessionItemsMax: 12,
  shoppersPerItemMax: 200,
  neighboursMax: 200,
  similarShoppersMax: 200,
  candidatesMax: 60,
};

/** The shopper who asks. */
interface Asker {
  /** The key: a shopper is no neighbour of itself. */
  self?: string;
  /** As of habitOf(). */
  habit?: number;
  /** Whether what the shopper has may be shown again: then its own history votes, too, as much as its habit says. */
  again?: boolean;
}

/** How many neighbours a shopper who does nothing new is worth as one of its own. */
export const habitPower = 10;

export const becauseMax = 3;

/** As votesDamped(). */
const sessionDamping = (products: number, habit: number): Damping => ({
  factor: 1,
  inner: rarityShrinkage,
  power: dampingPower(products, habit),
  outer: 0,
});

/** The score is the sum of the votes times the rarity. */
export interface ExplainedScore {
  /** The near shoppers that were asked, and those of them who were at the product. */
  neighbours: number;
  voters: number;
  /** All shoppers of the product. */
  shoppers: number;
  /** By the power of the session. */
  rarity: number;
  /** The products of the session, newest first, and how much of the votes comes from each. */
  votes: (SessionItem & { votes: number })[];
}

export type Neighbourhood = ReturnType<typeof neighbourhood>;

/** Looks neighbours up when asked: a few reads of bounded size, whatever the number of products and shoppers. */
export const neighbourhood = (
  { shoppers, products }: { shoppers: NeighbourRepository; products: RecommendationRepository },
  weights: ReadonlyMap<string, number>,
  settings: NeighbourhoodSettings = defaultNeighbourhood,
) => {
  const { sessionItemsMax, shoppersPerItemMax, neighboursMax, similarShoppersMax, candidatesMax } = settings;
  const weightByKind = weightsByKind(weights);
  const numbers = keyNumbers();

  /** What the nearest shoppers of a session were at; where its own history votes the shopper is the last of them. */
  const neighboursOf = async (session: readonly SessionItem[], self?: string, ownVotes = false) => {
    const keys = session.map(({ product }) => product);
    const maxes = keys.map((_, place) => shoppersLooked(shoppersPerItemMax, place));
    const found = await shoppers.newestShoppers(keys, maxes);
    const of = keys.map((product) => found.get(product) ?? nobody);
    const likeness = likenessOf(of.map((one) => one.shoppers));
    const newest = of.map((one) => one.newest);
    const nearest = nearestShoppers(likeness, newest, numbers, {
      neighboursMax: neighboursAsked(neighboursMax, session.length),
      ...(self === undefined ? {} : { self: BigInt(self) }),
    });
    const asked = ownVotes && self !== undefined ? BigInt64Array.of(...nearest, BigInt(self)) : nearest;
    const histories = readHistories(await shoppers.histories(asked), keys, weightByKind, numbers);
    return { ids: of.map(({ id }) => id), likeness, histories };
  };

  const best = bestCandidates(products, candidatesMax);

  return {
    /** The part of a history, newest first, that recommendations follow from. */
    session: (history: Parameters<typeof sessionOf>[0]): SessionItem[] =>
      sessionOf(history, weights, sessionItemsMax),

    /** How much a shopper does again. */
    habit: (history: Parameters<typeof habitOf>[0]): number => habitOf(history, weights),

    /** The best products for a session, with the ids of the products of the session they come from. */
    forSession: async (
      session: readonly SessionItem[],
      { self, habit = 0, again = false, ...selection }: Selection & Asker & { limit: number },
    ): Promise<(ScoredRow & { because: string[] })[]> => {
      if (session.length === 0) return [];
      const ownVotes = again && habit > 0;
      const { ids, likeness, histories } = await neighboursOf(session, self, ownVotes);
      const ownWeight = ownVotes ? habit * habitPower : 1;
      const votes = sessionVotes(likeness, histories, ownWeight);
      const damping = sessionDamping(session.length, habit);
      const rows = await best({ votes, keys: histories.keys, damping }, selection);
      const numbers = rows.map(({ product_key }) => histories.keys.indexOf(product_key));
      const parts = partsOfVotes(numbers, likeness, histories, ownWeight);
      return rows.map((row, at) => {
        const most = largest(parts[at] as Float64Array, becauseMax);
        return { ...row, because: most.flatMap((place) => ids[place] ?? []) };
      });
    },

    /** The parts of the score of one product for a session; of products that may not be shown, too. */
    explain: async (
      session: readonly SessionItem[],
      product: number,
      { self, habit = 0 }: Omit<Asker, 'again'> = {},
    ): Promise<ExplainedScore> => {
      const { likeness, histories } = await neighboursOf(session, self);
      const of = (await shoppers.newestShoppers([product], [1])).get(product) ?? nobody;
      const number = histories.keys.indexOf(product);
      const [parts] = partsOfVotes([number], likeness, histories);
      return {
        neighbours: histories.ends.length,
        voters: histories.products.filter((one) => one === number).length,
        shoppers: of.shoppers,
        rarity: votesDamped(of.shoppers, dampingPower(session.length, habit)),
        votes: session.map((item, place) => ({ ...item, votes: parts?.[place] ?? 0 })),
      };
    },

    /** The products most similar to one, because of its id: those that the same shoppers were at. */
    similarTo: async (
      product: number,
      selection: Selection & { limit: number },
    ): Promise<(ScoredRow & { because: string[] })[]> => {
      const of = await shoppers.newestHistories(product, similarShoppersMax);
      if (!of) return [];
      const histories = readHistories(of.histories, [product], weightByKind, numbers);
      const votes = sharedShoppers(histories, of.shoppers);
      const rows = await best(
        { votes, keys: histories.keys, damping: similarDamping(of.shoppers) },
        selection,
      );
      return rows.map((row) => ({ ...row, because: of.id === null ? [] : [of.id] }));
    },
  };
};

const nobody: ProductShoppers = { id: null, shoppers: 0, newest: new BigInt64Array() };
