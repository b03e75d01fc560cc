import { expect, test } from 'vitest';
import { runEvaluation } from './run-evaluation.ts';

test('an interruption ends an evaluation without a report, and is no failure', async () => {
  const interruption = new AbortController();
  async function* interactions() {
    yield { user: 'ada', product: 'mug', atMs: 1_700_000_000_000, type: 'view' as const };
    interruption.abort();
  }
  const report = await runEvaluation({
    ...{ interactions: interactions(), seed: 1, questionsMax: 10, signal: interruption.signal },
    onProgress: () => undefined,
  });
  expect(report).toBeUndefined();
});
