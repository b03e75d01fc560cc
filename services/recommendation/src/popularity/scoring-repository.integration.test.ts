import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';
import { ensureScoring } from './scoring-repository.ts';

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
});
beforeEach(() => projected.clear());
afterAll(() => projected.close());

const other = { ...testScoring, halfLifeMs: testScoring.halfLifeMs * 2 };

test('scores belong to the first settings, until all of it is cleared', async () => {
  await ensureScoring(projected.db, testScoring);
  await ensureScoring(projected.db, testScoring);
  await expect(ensureScoring(projected.db, other)).rejects.toMatchObject({ code: 'scoring_changed' });
  await ensureScoring(projected.db, testScoring);

  await projected.clear();

  await ensureScoring(projected.db, other);
  await expect(ensureScoring(projected.db, testScoring)).rejects.toMatchObject({ code: 'scoring_changed' });
});

test('of two replicas with different settings that start at once, one is refused', async () => {
  const outcomes = await Promise.allSettled(
    [testScoring, other].map((scoring) => ensureScoring(projected.db, scoring)),
  );

  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});
