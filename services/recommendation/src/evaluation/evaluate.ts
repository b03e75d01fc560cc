import { createContest, type Score } from './contest.ts';
import type { InteractionLog } from './interaction-log.ts';
import { type ItemKnnSettings, itemKnn } from './item-knn.ts';
import { randomNumbers, shuffled } from './random.ts';
import { createRanking } from './ranking.ts';
import type { Ask, Served } from './served.ts';
import { leaveLastOneOut, splitInTime } from './splits.ts';
import { type TrainingData, trainingDataOf } from './training-data.ts';
import { tuneItemKnn } from './tune-item-knn.ts';

export interface EvaluationOptions {
  seed: number;
  /** Of each protocol, about. */
  questionsMax: number;
  onProgress(phase: string, done: number, total: number): void;
}

export interface ProtocolReport {
  protocol: 'leave-last-one-out' | 'split in time';
  training: number;
  questions: number;
  /** Users or sessions that were asked for. */
  groups: number;
  itemKnn: ItemKnnSettings;
  scores: Score[];
}

/** As in the protocol of RecSys 2019, and as usual for sessions. */
const lastOne = { size: 10, negatives: 99, depth: 1_000 };
const nextOne = { size: 20, negatives: 0, share: 0.2 };

/** Evaluates every strategy that serves, item-kNN and popularity, over the same questions. Empties the served tables. */
export const evaluate = async (
  log: InteractionLog,
  served: Served,
  options: EvaluationOptions,
): Promise<ProtocolReport[]> => [
  await evaluateLastOne(log, served, options),
  await evaluateNextOne(log, served, options),
];

const evaluateLastOne = async (
  log: InteractionLog,
  served: Served,
  { seed, questionsMax, onProgress }: EvaluationOptions,
): Promise<ProtocolReport> => {
  const { training, heldOut } = leaveLastOneOut(log);
  const random = randomNumbers(seed);
  const asked = shuffled(heldOut, random).slice(0, questionsMax);
  const data = trainingDataOf(log, training);
  onProgress('tuning item-kNN', 0, 0);
  const settings = tuneItemKnn(log, training, 'last one', seed);
  await project(log, served, training, onProgress);
  const contest = createContest({ ...lastOne, data, seed, random });
  const baseline = itemKnn(data, settings);
  const { ask } = served;
  const depth = { limit: lastOne.depth, atMs: newestMs(log, training), again: false };
  const alike = await sameForAll(ask, depth, data);
  for (const [at, { user, product, history }] of asked.entries()) {
    const newest = history.at(-1) as number;
    contest.group()(
      { product, without: new Set(history) },
      {
        personal: await ask({ ...depth, strategy: 'personal', user }),
        similar: await ask({ ...depth, strategy: 'similar', products: [newest] }),
        ...alike,
        'item-kNN': baseline({ session: [], before: history.toReversed() }),
      },
    );
    onProgress('leave-last-one-out', at + 1, asked.length);
  }
  return {
    ...{ protocol: 'leave-last-one-out', training: training.length, questions: contest.questions() },
    ...{ groups: asked.length, itemKnn: settings, scores: contest.scores() },
  };
};

const evaluateNextOne = async (
  log: InteractionLog,
  served: Served,
  { seed, questionsMax, onProgress }: EvaluationOptions,
): Promise<ProtocolReport> => {
  const { training, sessions } = splitInTime(log, nextOne.share);
  const random = randomNumbers(seed);
  const asked = firstQuestions(shuffled(sessions, random), questionsMax);
  const total = asked.reduce((sum, places) => sum + places.length - 1, 0);
  const data = trainingDataOf(log, training);
  onProgress('tuning item-kNN', 0, 0);
  const settings = tuneItemKnn(log, training, 'time', seed);
  await project(log, served, training, onProgress);
  const contest = createContest({ ...nextOne, data, seed, random });
  const baseline = itemKnn(data, settings);
  const depth = { limit: nextOne.size, atMs: newestMs(log, training), again: true };
  const alike = await sameForAll(served.ask, depth, data);
  for (const places of asked) {
    const score = contest.group();
    const user = log.users[places[0] as number] as number;
    const before = [...(data.productsOf[user] ?? [])].reverse();
    const products = places.map((at) => log.products[at] as number);
    await served.play(log, async (record, ask) => {
      for (const [place, at] of places.slice(0, -1).entries()) {
        await record(at);
        const seen = products.slice(0, place + 1);
        const newest = products[place] as number;
        const now = { ...depth, atMs: log.atMs[at] as number };
        score(
          { product: products[place + 1] as number, without: new Set() },
          {
            personal: await ask({ ...now, strategy: 'personal', user }),
            basket: await ask({ ...now, strategy: 'basket', products: seen }),
            similar: await ask({ ...now, strategy: 'similar', products: [newest] }),
            ...alike,
            'item-kNN': baseline({ session: seen.toReversed(), before }),
          },
        );
        onProgress('split in time', contest.questions(), total);
      }
    });
  }
  return {
    ...{ protocol: 'split in time', training: training.length, questions: contest.questions() },
    ...{ groups: asked.length, itemKnn: settings, scores: contest.scores() },
  };
};

const project = (
  log: InteractionLog,
  served: Served,
  training: Int32Array,
  onProgress: EvaluationOptions['onProgress'],
): Promise<void> => {
  let applied = 0;
  return served.project(log, training, (count) => {
    applied += count;
    onProgress('applying', applied, training.length);
  });
};

/** Lists that do not depend on who asks. */
const sameForAll = async (
  ask: Ask,
  depth: { limit: number; atMs: number; again: boolean },
  data: TrainingData,
) => ({
  trending: createRanking(await ask({ ...depth, strategy: 'trending' }), data),
  popular: createRanking(await ask({ ...depth, strategy: 'popular' }), data),
  popularity: createRanking([], data),
});

const newestMs = (log: InteractionLog, training: Int32Array): number =>
  log.atMs[training.at(-1) as number] as number;

/** The first sessions that have so many questions together; the last of them may have more. */
const firstQuestions = (sessions: readonly number[][], questionsMax: number): number[][] => {
  let questions = 0;
  return sessions.filter((places) => {
    if (questions >= questionsMax) return false;
    questions += places.length - 1;
    return true;
  });
};
