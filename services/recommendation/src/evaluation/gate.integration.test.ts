import { readFileSync } from 'node:fs';
import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testScoring } from '../testing/projected.ts';
import { evaluate, type ProtocolReport } from './evaluate.ts';
import { createLogBuilder } from './interaction-log.ts';
import { openServed, type Served } from './served.ts';

/** What `personal` reached on the invented shop when this was last changed on purpose. */
const recorded = { 'NDCG@10 of 100': 0.6173, 'NDCG@10': 0.544, 'MRR@20': 0.3929 };
/** A change may cost so much of it. */
const lossMax = 0.03;

const shop = new URL('testing/invented-shop.csv', import.meta.url);

let database: TestDatabase;
let served: Served;
let reports: ProtocolReport[];
beforeAll(async () => {
  database = await testDatabase('recommendation');
  served = await openServed(database.url, testScoring);
  reports = await evaluate(inventedShop(), served, {
    seed: 1,
    questionsMax: 200,
    onProgress: () => undefined,
  });
});
afterAll(async () => {
  await served.close();
  await database.drop();
});

const inventedShop = () => {
  const builder = createLogBuilder();
  for (const line of readFileSync(shop, 'utf8').trim().split('\n').slice(1)) {
    const [user = '', product = '', atMs, type = ''] = line.split(',');
    builder.add({ user, product, atMs: Number(atMs), type });
  }
  return builder.finish();
};
const reached = (contender: string, metric: string): number => {
  const scores = reports.flatMap((report) => report.scores.filter((score) => score.contender === contender));
  return scores.map(({ metrics }) => metrics[metric]).find((estimate) => estimate)?.value as number;
};

describe.each(Object.entries(recorded))('%s of personal recommendations', (metric, before) => {
  test(`stays within 3 % of ${before}`, () => {
    expect(reached('personal', metric)).toBeGreaterThan(before * (1 - lossMax));
  });

  test.each(['item-kNN', 'popularity', 'popular', 'trending', 'similar'])(
    'is at least that of %s',
    (other) => {
      expect(reached('personal', metric)).toBeGreaterThanOrEqual(reached(other, metric));
    },
  );
});

test('what was played of a visit is gone afterwards', async () => {
  const log = inventedShop();
  const at = log.size - 1;
  const [user, atMs] = [log.users[at] as number, log.atMs[at] as number];
  const asked = { strategy: 'personal' as const, user, limit: 10, atMs, again: true };
  const before = await served.ask(asked);
  await served.play(log, async (record, ask) => {
    for (const [place, of] of log.users.entries()) if (of === user) await record(place);
    expect(await ask(asked)).not.toEqual(before);
  });
  expect(await served.ask(asked)).toEqual(before);
});
