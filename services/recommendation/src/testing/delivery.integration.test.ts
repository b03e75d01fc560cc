import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { happening, play } from './happenings.ts';
import { expectedTables, storedTables } from './oracle.ts';
import { type Projected, testProjected, testScoring } from './projected.ts';

/** Small caps, so that they are met. */
const scoring = { ...testScoring, interactionsMax: 6, repeatsMax: 2 };

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected({ scoring });
});
afterAll(() => projected.close());

/** A turn of one partition: go back by some messages, then deliver a batch. */
const turn = fc.record({
  worker: fc.nat(),
  back: fc.constantFrom(0, 0, 1, 3, 20),
  size: fc.integer({ min: 1, max: 8 }),
});

test('any interleaving of the partitions, any repetition and any batches give the same tables', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.array(turn, { maxLength: 30, size: 'max' }),
      async (happenings, turns) => {
        await projected.clear();
        const { log, happened } = play(happenings);
        const expected = expectedTables(happened, scoring);
        await deliver(log, turns);
        expect(await storedTables(projected.db)).toEqual({
          ...expected,
          products: expected.products.map((row) => ({
            ...row,
            log_weight: row.log_weight === null ? null : expect.closeTo(row.log_weight, 9),
          })),
        });
      },
    ),
    { numRuns: 40 },
  );
});

/** Each partition in its order, going back as consumers do after a crash; at last everything has been delivered. */
const deliver = async (
  log: readonly ReceivedMessage[],
  turns: readonly { worker: number; back: number; size: number }[],
) => {
  const workers = [...Map.groupBy(log, ({ topic, partition }) => `${topic}/${partition}`).values()].map(
    (messages) => ({ messages, next: 0 }),
  );
  for (const { worker, back, size } of turns) {
    const turned = workers[worker % workers.length];
    if (!turned) continue;
    const from = Math.max(0, turned.next - back);
    await projected.apply(turned.messages.slice(from, from + size));
    turned.next = Math.min(turned.messages.length, from + size);
  }
  for (const { messages, next } of workers) await projected.apply(messages.slice(next));
};
