import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogBuilder, type InteractionLog } from './interaction-log.ts';
import { leaveLastOneOut, splitInTime } from './splits.ts';

type Line = [user: string, product: string, minute: number, session?: string];

const logOf = (...lines: Line[]): InteractionLog => {
  const builder = createLogBuilder();
  for (const [user, product, minute, session] of lines)
    builder.add({ user, product, atMs: minute * 60_000, type: 'view', ...(session && { session }) });
  return builder.finish();
};
const shown = (log: InteractionLog, places: Iterable<number>) =>
  [...places].map((at) => `${log.users[at]}:${log.products[at]}`);

const anyLines = fc.array(
  fc.tuple(
    fc.constantFrom('ada', 'bob', 'eve'),
    fc.constantFrom('p', 'q', 'r', 's'),
    fc.integer({ min: 0, max: 300 }),
  ),
  { minLength: 1, maxLength: 60 },
);

test('what is held out of a user, and what came after it, is never in the training data', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const log = logOf(...(lines as Line[]));
      const { training, heldOut } = leaveLastOneOut(log);
      for (const { user, product, history } of heldOut) {
        const of = [...training].filter((at) => log.users[at] === user);
        expect(of.map((at) => log.products[at])).not.toContain(product);
        expect(new Set(of.map((at) => log.products[at]))).toEqual(new Set(history));
        const first = log.products.findIndex((one, at) => one === product && log.users[at] === user);
        for (const at of of) expect(at).toBeLessThan(first);
      }
    }),
  );
});

test('a product that a user comes back to is not what was new to the user last', () => {
  const log = logOf(['ada', 'mug', 1], ['ada', 'pot', 2], ['ada', 'mug', 3]);
  const { heldOut, training } = leaveLastOneOut(log);
  expect(heldOut).toEqual([{ user: 0, product: 1, history: [0] }]);
  expect(shown(log, training)).toEqual(['0:0']);
});

test('a user with one product is asked for nothing, and stays in the training data', () => {
  const log = logOf(['ada', 'mug', 1], ['ada', 'mug', 2], ['bob', 'mug', 3], ['bob', 'pot', 4]);
  const { heldOut, training } = leaveLastOneOut(log);
  expect(heldOut.map(({ user }) => user)).toEqual([1]);
  expect(shown(log, training)).toEqual(['0:0', '0:0', '1:0']);
});

test('ties in time are in the order of the file, lines in any order in that of time', () => {
  const tied = logOf(['ada', 'pot', 5], ['ada', 'mug', 5]);
  expect(leaveLastOneOut(tied).heldOut).toEqual([{ user: 0, product: 1, history: [0] }]);
  const late = logOf(['ada', 'pot', 9], ['ada', 'mug', 5]);
  expect(leaveLastOneOut(late).heldOut).toEqual([{ user: 0, product: 0, history: [1] }]);
});

test('a visit ends with a pause of more than half an hour, or where the file says so', () => {
  const paused = logOf(['ada', 'p', 0], ['bob', 'p', 1], ['ada', 'q', 30], ['ada', 'r', 61]);
  expect([...paused.sessions]).toEqual([0, 1, 0, 2]);
  const named = logOf(['ada', 'p', 0, 'x'], ['ada', 'q', 1, 'y'], ['ada', 'r', 900, 'x']);
  expect([...named.sessions]).toEqual([0, 1, 0]);
});

test('a split in time trains on what was before it alone, and asks for sessions that began after it', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const log = logOf(...(lines as Line[]));
      const { training, sessions } = splitInTime(log, 0.3);
      const before = Math.max(Number.NEGATIVE_INFINITY, ...[...training].map((at) => log.atMs[at] as number));
      const trained = new Set([...training].map((at) => log.sessions[at]));
      const known = new Set([...training].map((at) => log.products[at]));
      for (const places of sessions) {
        expect(places.length).toBeGreaterThan(1);
        for (const at of places) {
          expect(log.atMs[at]).toBeGreaterThan(before);
          expect(trained).not.toContain(log.sessions[at]);
          expect(known).toContain(log.products[at]);
        }
      }
    }),
  );
});
