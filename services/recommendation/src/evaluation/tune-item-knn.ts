import type { InteractionLog } from './interaction-log.ts';
import { type Asked, type ItemKnnSettings, itemKnn } from './item-knn.ts';
import { ndcgAt, reciprocalAt } from './metrics.ts';
import { randomNumbers, shuffled } from './random.ts';
import { createRanking } from './ranking.ts';
import { leaveLastOneOut, splitInTime } from './splits.ts';
import { trainingDataOf } from './training-data.ts';

const grid: ItemKnnSettings[] = [50, 200, 1_000].flatMap((neighbours) =>
  [0, 10, 50].flatMap((shrinkage) =>
    (['all', 'session', 1] as const).map((items) => ({ neighbours, shrinkage, items })),
  ),
);
const questionsMax = 200;
const validationShare = 0.1;

interface Question extends Asked {
  product: number;
  without: ReadonlySet<number>;
}

/**
 * The settings of item-kNN that do best on the training data alone, split once more as the evaluation splits: by
 * NDCG@10 of what was left out last, or by MRR@20 of the next product of the newest sessions.
 */
export const tuneItemKnn = (
  log: InteractionLog,
  training: Int32Array,
  protocol: 'last one' | 'time',
  seed: number,
): ItemKnnSettings => {
  const { data, questions } = protocol === 'last one' ? lastOnes(log, training) : nextOnes(log, training);
  const asked = shuffled(questions, randomNumbers(seed)).slice(0, questionsMax);
  const candidates = protocol === 'last one' ? grid.filter(({ items }) => items !== 'session') : grid;
  let best = candidates[0] as ItemKnnSettings;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const settings of candidates) {
    const recommend = itemKnn(data, settings);
    let score = 0;
    for (const question of asked) {
      const rank = createRanking(recommend(question), data).rankOf(question);
      score += protocol === 'last one' ? ndcgAt(rank, 10) : reciprocalAt(rank, 20);
    }
    if (score > bestScore) [best, bestScore] = [settings, score];
  }
  return best;
};

const lastOnes = (log: InteractionLog, within: Int32Array) => {
  const { training, heldOut } = leaveLastOneOut(log, within);
  const questions = heldOut.map(({ product, history }): Question => {
    return { product, without: new Set(history), session: [], before: history.toReversed() };
  });
  return { data: trainingDataOf(log, training), questions };
};

const nextOnes = (log: InteractionLog, within: Int32Array) => {
  const { training, sessions } = splitInTime(log, validationShare, within);
  const data = trainingDataOf(log, training);
  const questions = sessions.flatMap((places) => {
    const before = [...(data.productsOf[log.users[places[0] as number] as number] ?? [])].reverse();
    const products = places.map((at) => log.products[at] as number);
    return products.slice(1).map((product, place): Question => {
      return { product, without: new Set(), session: products.slice(0, place + 1).reverse(), before };
    });
  });
  return { data, questions };
};
