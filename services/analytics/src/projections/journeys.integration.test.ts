import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { funnelStepsMax } from '../rollups/funnel-repository.ts';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productPurchased,
  purchaseData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testHttp } from '../testing/test-http.ts';

const now = new Date('2026-03-18T09:47:12.345Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const weekMs = 7 * 24 * hourMs;
/** The current minute is in every window; those of more than a day begin at a whole hour. */
const begins = {
  '1h': Date.parse('2026-03-18T08:48:00Z'),
  '24h': Date.parse('2026-03-17T09:48:00Z'),
  '7d': Date.parse('2026-03-11T09:00:00Z'),
  '30d': Date.parse('2026-02-16T09:00:00Z'),
  all: -Infinity,
};

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

test('any interleaving and repetition gives the funnel and the cohorts that the facts give', async () => {
  const http = await testHttp(database.db, () => now);
  const get = async (path: string) => (await http.inject(`/api/v1/analytics/${path}`)).json();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.array(fc.nat(3)),
      async (steps, picks) => {
        await database.clear();
        const { messages, facts } = tell(steps);
        await deliver(messages, picks);

        for (const [window, fromMs] of Object.entries(begins)) {
          const { items } = await get(`funnel?window=${window}`);
          expect(items.map(({ users }: { users: number }) => users)).toEqual(funnelOf(facts, fromMs));
        }
        const { items } = await get('cohorts?weeks=8');
        expect(items.filter(({ active_users }: { active_users: number }) => active_users > 0)).toEqual(
          cohortsOf(facts),
        );
        expect(await leftovers()).toEqual([]);
        expect(database.deadLetters).toEqual([]);
      },
    ),
    { numRuns: 8, endOnFailure: true },
  );
  await http.close();
});

test('of users who never stop looking a bounded number of views and carts is kept, in any order the same', async () => {
  const http = await testHttp(database.db, () => now);
  const restless = (from: number, to: number, ...types: string[]) =>
    fc.record({
      user: fc.nat(1),
      kind: fc.constant('act' as const),
      type: fc.constantFrom(...types),
      atMs: fc.integer({ min: now.getTime() - from * minuteMs, max: now.getTime() - to * minuteMs }),
      partition: fc.nat(3),
    });
  const anything = fc.oneof(
    { weight: 50, arbitrary: restless(600, 0, 'view', 'add_to_cart') },
    { weight: 1, arbitrary: restless(600, 200, 'purchase') },
  );
  const saved = [0, 1].map((user) => ({ user, kind: 'save' as const, type: '', atMs: 0, partition: 0 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anything, { minLength: 500, maxLength: 600, size: 'max' }),
      fc.array(fc.nat(60), { minLength: 4, size: 'max', maxLength: 8 }),
      async (steps, picks) => {
        await database.clear();
        const { messages, facts } = tell([...saved, ...steps]);
        await deliver(messages, picks);
        for (const [window, fromMs] of Object.entries(begins)) {
          const { items } = (await http.inject(`/api/v1/analytics/funnel?window=${window}`)).json();
          expect(items.map(({ users }: { users: number }) => users)).toEqual(funnelOf(facts, fromMs));
        }
        const [kept] = await database.db.sql`
          select max(views) as views, max(carts) as carts
          from (select count(*) as views from funnel_views group by user_id) as v
            cross join (select count(*) as carts from funnel_carts group by user_id) as c`;
        expect(kept?.views).toBeLessThanOrEqual(funnelStepsMax);
        expect(kept?.carts).toBeLessThanOrEqual(funnelStepsMax);
      },
    ),
    { numRuns: 2, endOnFailure: true },
  );
  await http.close();
});

test('a user who has bought leaves nothing behind but what led to the purchase', async () => {
  await database.clear();
  const at = (second: number) => `2026-03-18T09:${String(second).padStart(2, '0')}:00.000Z`;
  const types = ['view', 'view', 'add_to_cart', 'view', 'add_to_cart', 'purchase', 'view'];
  await database.apply(
    types.map((type, index) => activityRecorded({ sequence: index + 1 }, activityData(1, type, at(index)))),
  );
  expect([...(await database.db.sql`select minute from funnel_views order by minute`)]).toEqual(
    [3, 6].map((minute) => ({ minute: new Date(at(minute)) })),
  );
  expect([...(await database.db.sql`select at from funnel_carts`)]).toEqual([{ at: new Date(at(4)) }]);
});

interface Step {
  user: number;
  kind: 'act' | 'order' | 'save' | 'delete';
  type: string;
  atMs: number;
  partition: number;
}

/** In one minute, in the windows and at their edges, and in the weeks before. */
const time = fc.oneof(
  fc.integer({ min: now.getTime() - 90_000, max: now.getTime() }),
  fc
    .tuple(fc.constantFrom(...Object.values(begins).slice(0, 4)), fc.integer({ min: -2, max: 2 }))
    .map(([fromMs, ms]) => fromMs + ms),
  fc.integer({ min: now.getTime() - 7 * weekMs, max: now.getTime() }),
);
const step: fc.Arbitrary<Step> = fc.record({
  user: fc.nat(3),
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('act' as const) },
    { weight: 3, arbitrary: fc.constantFrom('order' as const, 'save' as const) },
    { weight: 1, arbitrary: fc.constant('delete' as const) },
  ),
  type: fc.constantFrom('view', 'view', 'add_to_cart', 'add_to_cart', 'purchase', 'share'),
  atMs: time,
  partition: fc.nat(3),
});

interface Fact {
  user: number;
  type: string;
  atMs: number;
}

/** The messages, and what in the end registered and not deleted users did. */
const tell = (steps: readonly Step[]): { messages: ReceivedMessage[]; facts: Fact[] } => {
  const versions = new Map<number, number>();
  const deleted = new Set<number>();
  const all: Fact[] = [];
  const messages: ReceivedMessage[] = [];
  for (const [index, { user, kind, type, atMs, partition }] of steps.entries()) {
    const numbered = { sequence: index + 1, partition };
    const occurredAt = new Date(atMs).toISOString();
    const version = (versions.get(user) ?? 0) + 1;
    if (kind === 'act') {
      all.push({ user, type, atMs });
      messages.push(activityRecorded(numbered, activityData(user, type, occurredAt)));
    } else if (kind === 'order') {
      all.push({ user, type: 'purchase', atMs });
      messages.push(productPurchased(numbered, purchaseData(7, occurredAt, { user })));
    } else if (kind === 'save' && !deleted.has(user)) {
      versions.set(user, version);
      messages.push(userSaved(numbered, user, version));
    } else if (kind === 'delete' && version > 1) {
      deleted.add(user);
      versions.set(user, version);
      messages.push(userDeleted(numbered, user, version));
    }
  }
  return { messages, facts: all.filter(({ user }) => versions.has(user) && !deleted.has(user)) };
};

/** All partitions of both topics at once, each in batches of `picks` more than one, and all of it twice. */
const deliver = async (messages: readonly ReceivedMessage[], picks: readonly number[]): Promise<void> => {
  const logs = Map.groupBy(messages, ({ topic, partition }) => `${topic} ${partition}`);
  const outcomes = await Promise.allSettled(
    [...logs.values()].map(async (log) => {
      for (let offset = 0, batch = 0; offset < log.length; batch++) {
        const size = 1 + (picks[batch % Math.max(1, picks.length)] ?? 0);
        await database.apply(log.slice(offset, offset + size));
        offset += size;
      }
      await database.apply(log);
    }),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
};

const users = (facts: readonly Fact[]) => [...Map.groupBy(facts, ({ user }) => user).values()];

const funnelOf = (facts: readonly Fact[], fromMs: number): number[] => {
  const reached = users(facts).map((own) => {
    const times = (type: string) => own.filter((fact) => fact.type === type);
    const within = ({ atMs }: Fact) => atMs >= fromMs;
    const views = newest(times('view'), minuteMs).filter(within);
    const carts = newest(times('add_to_cart'), 1)
      .filter(within)
      .filter(({ atMs }) => views.some((view) => view.atMs <= atMs));
    const purchases = times('purchase').filter(({ atMs }) => carts.some((cart) => cart.atMs <= atMs));
    return [views, carts, purchases].map(({ length }) => Number(length > 0));
  });
  return [0, 1, 2].map((index) => reached.reduce((sum, steps) => sum + (steps[index] ?? 0), 0));
};

/** Those in the 100 newest of the times, or minutes, that have any. */
const newest = (facts: readonly Fact[], unitMs: number): Fact[] => {
  const unitOf = ({ atMs }: Fact) => Math.floor(atMs / unitMs);
  const units = [...new Set(facts.map(unitOf))].sort((a, b) => b - a).slice(0, 100);
  return facts.filter((fact) => units.includes(unitOf(fact)));
};

/** 1970-01-05 was a Monday. */
const weekOf = (atMs: number) => Math.floor((atMs - 4 * 24 * hourMs) / weekMs) * weekMs + 4 * 24 * hourMs;

const cohortsOf = (facts: readonly Fact[]) => {
  const active = users(facts).map((own) =>
    [...new Set(own.map(({ atMs }) => weekOf(atMs)))].sort((a, b) => a - b),
  );
  const cohorts = [...new Set(active.map(([first]) => first as number))].sort((a, b) => a - b);
  return cohorts.flatMap((cohort) => {
    const members = active.filter(([first]) => first === cohort);
    const weeks = [...new Set(members.flat())].sort((a, b) => a - b);
    return weeks.map((week) => {
      const active_users = members.filter((own) => own.includes(week)).length;
      return {
        cohort: new Date(cohort).toISOString(),
        cohort_users: members.length,
        week: new Date(week).toISOString(),
        weeks_later: (week - cohort) / weekMs,
        active_users,
        rate: active_users / members.length,
      };
    });
  });
};

/** Counts of nobody, and what is kept of deleted users: neither may be there. */
const leftovers = async () => [
  ...(await database.db.sql`
    select 'count' as what from funnel_counts where users <= 0
    union all select 'cohort' from cohort_counts where users <= 0
    union all select 'funnel' from user_funnels join users using (user_id) where deleted
    union all select 'view' from funnel_views join users using (user_id) where deleted
    union all select 'cart' from funnel_carts join users using (user_id) where deleted`),
];
