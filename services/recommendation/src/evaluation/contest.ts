import {
  coverage,
  type Estimate,
  estimate,
  hitAt,
  ndcgAt,
  novelty,
  type Rank,
  reciprocalAt,
} from './metrics.ts';
import { createRanking, drawNegatives, type Ranking, type Sought } from './ranking.ts';
import type { TrainingData } from './training-data.ts';

export interface Score {
  contender: string;
  /** By name, such as `NDCG@10`. */
  metrics: Record<string, Estimate>;
  /** How much more each is than that of item-kNN, question by question. */
  aheadOfItemKnn: Record<string, Estimate>;
  /** The share of the catalogue that was shown to anybody, and the mean surprise in bits. */
  coverage: number;
  novelty: number;
}

export interface ContestOptions {
  data: TrainingData;
  /** How many of the first places count. */
  size: number;
  /** Products that the sought one is ranked among besides, drawn at random; 0 leaves that out. */
  negatives: number;
  seed: number;
  random: () => number;
}

interface Tally {
  /** One array for each group of questions. */
  ranks: Rank[][];
  among: Rank[][];
  shown: number[][];
}

/** Asks every contender the same questions and keeps the score. */
export const createContest = ({ data, size, negatives, seed, random }: ContestOptions) => {
  const tallies = new Map<string, Tally>();
  const tallyOf = (contender: string): Tally => {
    const known = tallies.get(contender);
    if (known) return known;
    const tally: Tally = { ranks: [], among: [], shown: [] };
    tallies.set(contender, tally);
    return tally;
  };
  let questions = 0;

  return {
    /** Questions that belong together, such as those of a session. */
    group: () => {
      const begun = new Set<string>();
      return (sought: Sought, lists: Readonly<Record<string, readonly number[] | Ranking>>): void => {
        questions += 1;
        const others = negatives === 0 ? [] : drawNegatives(sought, data.productCount, negatives, random);
        for (const [contender, list] of Object.entries(lists)) {
          const tally = tallyOf(contender);
          if (!begun.has(contender)) {
            begun.add(contender);
            tally.ranks.push([]);
            tally.among.push([]);
          }
          const ranking = 'rankOf' in list ? list : createRanking(list, data);
          tally.ranks.at(-1)?.push(ranking.rankOf(sought));
          if (negatives > 0) tally.among.at(-1)?.push(ranking.rankAmong(sought.product, others));
          tally.shown.push(ranking.shown(sought.without, size));
        }
      };
    },
    questions: () => questions,
    scores: (): Score[] => {
      const valuesOf = ({ ranks, among }: Tally): Record<string, number[][]> => ({
        ...(negatives > 0 ? measured(among, size, ` of ${negatives + 1}`) : {}),
        ...measured(ranks, size, ''),
      });
      const yardstick = tallies.get('item-kNN');
      const ofYardstick = yardstick ? valuesOf(yardstick) : {};
      return [...tallies].map(([contender, tally]) => {
        const values = valuesOf(tally);
        return {
          contender,
          metrics: estimates(values, seed),
          aheadOfItemKnn: estimates(differences(values, ofYardstick), seed),
          coverage: coverage(tally.shown, data.productCount),
          novelty: novelty(tally.shown, data.usersOf, data.userCount),
        };
      });
    },
  };
};

/** Every measure of every question, by name. */
const measured = (groups: Rank[][], size: number, suffix: string): Record<string, number[][]> => {
  const values = (measure: (rank: Rank, size: number) => number) =>
    groups.map((ranks) => ranks.map((rank) => measure(rank, size)));
  return {
    [`HR@${size}${suffix}`]: values(hitAt),
    [`NDCG@${size}${suffix}`]: values(ndcgAt),
    [`MRR@${size}${suffix}`]: values(reciprocalAt),
  };
};

const estimates = (values: Record<string, number[][]>, seed: number): Record<string, Estimate> =>
  Object.fromEntries(Object.entries(values).map(([name, groups]) => [name, estimate(groups, seed)]));

/** What was asked is the same for both, in the same order. */
const differences = (
  values: Record<string, number[][]>,
  others: Record<string, number[][]>,
): Record<string, number[][]> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, groups]) => {
      const other = others[name];
      if (other === undefined) return [];
      const less = groups.map((group, at) =>
        group.map((value, place) => value - (other[at]?.[place] as number)),
      );
      return [[name, less]];
    }),
  );
