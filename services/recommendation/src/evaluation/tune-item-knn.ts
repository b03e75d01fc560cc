import type { InteractionLog } from './interaction-log.ts';
import { type Asked, type ItemKnnSettings, type Items, itemKnn } from './item-knn.ts';
import { ndcgAt, reciprocalAt } from './metrics.ts';
import { randomNumbers, shuffled } from './random.ts';
import { createRanking } from './ranking.ts';
import { leaveLastOneOut, splitInTime } from './splits.ts';
import { trainingDataOf } from './training-data.ts';

const shrinkages = [0, 10, 50];
const neighbourCounts = [50, 1_000];
const usual: ItemKnnSettings = { neighbours: 200, shrinkage: 10, items: 'all' };
const questionsMax = 100;
const validationShare = 0.1;

interface Question extends Asked {
  product: number;
  without: ReadonlySet<number>;
}

/**
 * The settings of item-kNN that do best on the training data alone, split once more as the evaluation splits: by
 * NDCG@10 of what was left out last, or by MRR@20 of the next product of the newest sessions. First the shrinkage and which
 * products count, then the number of neighbours.
 */
export const tuneItemKnn = (
  log: InteractionLog,
  training: Int32Array,
  protocol: 'last one' | 'time',
  seed: number,
): ItemKnnSettings => {
  const draw = <T>(questions: readonly T[]): T[] =>
    shuffled(questions, randomNumbers(seed)).slice(0, questionsMax);
  const { data, asked } =
    protocol === 'last one' ? lastOnes(log, training, draw) : nextOnes(log, training, draw);
  const kinds: Items[] = protocol === 'last one' ? ['all', 1] : ['all', 'session', 1];
  let best = { settings: usual, score: Number.NEGATIVE_INFINITY };
  const attempt = (changed: Partial<ItemKnnSettings>, items: readonly Items[]) => {
    const recommend = itemKnn(data, { ...best.settings, ...changed });
    for (const kind of items) {
      const ranks = asked.map((one) => createRanking(recommend(one, kind), data).rankOf(one));
      const score = ranks
        .map((rank) => (protocol === 'last one' ? ndcgAt(rank, 10) : reciprocalAt(rank, 20)))
        .reduce((sum, one) => sum + one, 0);
      if (score > best.score) best = { settings: { ...best.settings, ...changed, items: kind }, score };
    }
  };
  for (const shrinkage of shrinkages) attempt({ shrinkage }, kinds);
  for (const neighbours of neighbourCounts) attempt({ neighbours }, [best.settings.items]);
  return best.settings;
};

/** Draws some of what could be asked; only these become questions, which take memory. */
type Draw = <T>(questions: readonly T[]) => T[];

const lastOnes = (log: InteractionLog, within: Int32Array, draw: Draw) => {
  const { training, heldOut } = leaveLastOneOut(log, within);
  const asked = draw(heldOut).map(({ product, history }): Question => {
    return { product, without: new Set(history), session: [], before: history.toReversed() };
  });
  return { data: trainingDataOf(log, training), asked };
};

const nextOnes = (log: InteractionLog, within: Int32Array, draw: Draw) => {
  const { training, sessions } = splitInTime(log, validationShare, within);
  const data = trainingDataOf(log, training);
  const steps = sessions.flatMap((places) => places.slice(1).map((at, place) => ({ places, at, place })));
  const asked = draw(steps).map(({ places, at, place }): Question => {
    const before = data.productsOf[log.users[at] as number]?.toReversed() ?? [];
    const session = places.slice(0, place + 1).map((one) => log.products[one] as number);
    return {
      product: log.products[at] as number,
      without: new Set(),
      session: session.reverse(),
      before: [...before],
    };
  });
  return { data, asked };
};
