import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeFrom } from './bucket.ts';

const limit = { perSecond: 10, burst: 50 };

test('a bucket gives what it holds, then what has come in, and says how long to wait for more', () => {
  const first = takeFrom(undefined, limit, { need: 50, want: 50, nowMs: 1_000 });
  expect(first).toMatchObject({ taken: 50, left: 0, waitMs: 0, fullInMs: 5_000 });
  const second = takeFrom(first.fullAtMs, limit, { need: 3, want: 3, nowMs: 1_100 });
  expect(second).toMatchObject({ taken: 0, left: 1, waitMs: 200 });
  expect(takeFrom(second.fullAtMs, limit, { need: 3, want: 3, nowMs: 1_300 })).toMatchObject({
    taken: 3,
    left: 0,
  });
});

test('of what is wanted beyond need it gives as much as there is', () => {
  const { fullAtMs } = takeFrom(undefined, limit, { need: 45, want: 45, nowMs: 0 });
  expect(takeFrom(fullAtMs, limit, { need: 2, want: 20, nowMs: 0 })).toMatchObject({ taken: 5, left: 0 });
});

test('never more than burst + rate × time is given, and a refusal costs nothing', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 500 }),
    need: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let fullAtMs: number | undefined;
      let nowMs = 0;
      let given = 0;
      for (const { afterMs, need } of steps) {
        nowMs += afterMs;
        const taken = takeFrom(fullAtMs, limit, { need, want: need + 5, nowMs });
        given += taken.taken;
        fullAtMs = taken.fullAtMs;
        expect(given).toBeLessThanOrEqual(limit.burst + (limit.perSecond * nowMs) / 1_000 + 1e-6);
        if (taken.taken === 0 && need <= limit.burst) {
          const later = takeFrom(fullAtMs, limit, { need, want: need, nowMs: nowMs + taken.waitMs });
          expect(later.taken).toBe(need);
        }
      }
    }),
  );
});

test('how long until it is full is the same at whatever fraction of a millisecond it is asked', () => {
  const slow = { perSecond: 0.001, burst: 3 };
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (nowUs) => {
      const { fullInMs } = takeFrom(undefined, slow, { need: 1, want: 1, nowMs: nowUs / 1_000 });
      expect(fullInMs).toBe(1_000_000);
    }),
  );
});
