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
    scores: (): Score[] =>
      [...tallies].map(([contender, { ranks, among, shown }]) => ({
        contender,
        metrics: {
          ...metricsOf(among, size, ` of ${negatives + 1}`, seed),
          ...metricsOf(ranks, size, '', seed),
        },
        coverage: coverage(shown, data.productCount),
        novelty: novelty(shown, data.usersOf, data.userCount),
      })),
  };
};

const metricsOf = (
  groups: Rank[][],
  size: number,
  suffix: string,
  seed: number,
): Record<string, Estimate> => {
  if (groups.every((ranks) => ranks.length === 0)) return {};
  const mean = (measure: (rank: Rank, size: number) => number) =>
    estimate(
      groups.map((ranks) => ranks.map((rank) => measure(rank, size))),
      seed,
    );
  return {
    [`HR@${size}${suffix}`]: mean(hitAt),
    [`NDCG@${size}${suffix}`]: mean(ndcgAt),
    [`MRR@${size}${suffix}`]: mean(reciprocalAt),
  };
};
