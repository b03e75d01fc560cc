import { expect, test } from 'vitest';
import { consumerOperations } from './read-operations.ts';

const range = { topic: 'user-updates', partition: 0, from: 10, to: 30 };
const position = {
  ...{ topic: 'user-updates', partition: 0, last_sequence: '7', seen_sequence: '0' },
  ...{ next_offset: 25, updated_at: '2026-01-01T00:00:00.000Z' },
};
const stateOf = (answer: Parameters<typeof consumerOperations>[1]) => {
  const { topics, ...consumer } = consumerOperations('analytics', answer, [range]);
  return { ...consumer, ...topics.find(({ topic }) => topic === 'user-updates')?.partitions[0] };
};

test('what waits is what lies behind the position', () => {
  expect(stateOf({ generation: 1, items: [position] })).toMatchObject({ next: 25, behind: 5 });
  expect(stateOf({ generation: 1, items: [{ ...position, next_offset: 30 }] })).toMatchObject({ behind: 0 });
});

test('without a position, or with one before the log begins, everything in the log waits', () => {
  expect(stateOf({ generation: 1, items: [] })).toMatchObject({ next: 10, behind: 20, updated_at: null });
  expect(stateOf({ generation: 1, items: [{ ...position, next_offset: 3 }] })).toMatchObject({ behind: 20 });
});

test('tables that have not come to where they were are being built again', () => {
  expect(stateOf({ generation: 2, items: [{ ...position, seen_sequence: '9' }] }).is_rebuilding).toBe(true);
  expect(stateOf({ generation: 2, items: [{ ...position, seen_sequence: '7' }] }).is_rebuilding).toBe(false);
});

test('of a service that does not say, nothing is guessed', () => {
  expect(stateOf({ problem: 'not for you' })).toMatchObject({
    ...{ generation: null, problem: 'not for you', next: null, behind: null, behind_ms: null },
  });
});

test('a retry topic that nobody has sent anything to is left out', () => {
  const retry = { topic: 'user-updates.analytics.retry', partition: 0, from: 0, to: 0 };
  const names = (to: number) =>
    consumerOperations('analytics', { generation: 1, items: [] }, [{ ...retry, to }]).topics.map(
      ({ topic }) => topic,
    );
  expect(names(0)).not.toContain(retry.topic);
  expect(names(1)).toContain(retry.topic);
});
