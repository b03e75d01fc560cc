import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';
import { settleScoring } from './scoring-repository.ts';

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
});
beforeEach(() => projected.clear());
afterAll(() => projected.close());

const other = { ...testScoring, halfLifeMs: testScoring.halfLifeMs * 2 };

test('scores belong to the first settings, until all of it is cleared', async () => {
  await settleScoring(projected.db, testScoring);
  await settleScoring(projected.db, testScoring);
  await expect(settleScoring(projected.db, other)).rejects.toMatchObject({ code: 'scoring_changed' });
  await settleScoring(projected.db, testScoring);

  await projected.clear();

  await settleScoring(projected.db, other);
  await expect(settleScoring(projected.db, testScoring)).rejects.toMatchObject({ code: 'scoring_changed' });
});

test('of two replicas with different settings that start at once, one is refused', async () => {
  const outcomes = await Promise.allSettled(
    [testScoring, other].map((scoring) => settleScoring(projected.db, scoring)),
  );

  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
