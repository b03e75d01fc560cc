import { describe, expect, test } from 'vitest';
import type { Evidence } from './evidence.ts';
import { createJournal, type Journal } from './journal.ts';
import { verify } from './verify.ts';

const activity = (id: string) => ({
  ...{ id, user_id: 'ada', type: 'view', product_id: 'lamp', quantity: 1, unit_price_minor: 255 },
});
const logged = (sequence: number, version?: number) => ({
  ...{ partition: 0, sequence, id: `event-${sequence}`, key: 'ada' },
  ...(version === undefined ? {} : { version }),
});
const activities = ['a1', 'a2', 'a3'].map(activity);
const log = [logged(1, 1), logged(2), logged(3, 2)];

/** Everything agrees. */
const journal = (): Journal => ({
  ...createJournal(),
  activities: new Map(activities.map((one) => [one.id, one])),
  orders: new Map([['order-1', 2]]),
  cancelled: new Set(['order-1']),
  checkouts: new Set(['order-1']),
  prices: new Map([['lamp', 1250]]),
  users: new Set(['ada@example.com']),
  products: new Set(['sku-1']),
  poison: new Map([['mark-1', 'updates']]),
  known: [
    { what: 'price of lamp', value: 1200, atMs: 100 },
    { what: 'price of lamp', value: 1250, atMs: 900 },
  ],
  reads: [{ what: 'price of lamp', value: 1200, askedAtMs: 1000, promisedMs: 500 }],
});
const evidence: Evidence = {
  owners: {
    activities,
    orders: [{ order_uid: 'order-1', lines: 2, cancelled: true }],
    checkouts: [{ order_uid: 'order-1', cleared: true, times: 1 }],
    stocked: [{ id: 'lamp', total: 1_000_000 }],
    carts: [{ id: 'ada', lines: 0 }],
    products: [{ id: 'lamp', sku: 'sku-1', price_minor: 1250 }],
    users: [{ email: 'ada@example.com' }],
  },
  outboxes: { updates: log },
  // The second event comes twice, as a relay may send it.
  logs: { updates: [logged(1, 1), logged(2), logged(2), logged(3, 2)] },
  deadLetters: [
    { topic: 'updates', group: 'readers', id: 'one', poison: 'mark-1' },
    { topic: 'updates', group: 'readers', id: 'one', poison: 'mark-1' },
  ],
  groupsOf: () => ['readers'],
  projections: [],
};

const owners = (changed: Partial<Evidence['owners']>): Evidence => ({
  ...evidence,
  owners: { ...evidence.owners, ...changed },
});
const logOf = (updates: Evidence['logs'][string]): Evidence => ({ ...evidence, logs: { updates } });

test('the verifier finds nothing where all agree, whatever is in the log twice', () => {
  expect(verify(journal(), evidence)).toEqual([]);
});

describe('the verifier names', () => {
  test.each<[string, Evidence, object]>([
    [
      'an acknowledged activity that its owner does not have',
      owners({ activities: activities.slice(1) }),
      { kind: 'lost', where: 'user: activities', what: 'a1 is missing' },
    ],
    [
      'an activity that was stored and never acknowledged',
      owners({ activities: [...activities, activity('a4')] }),
      { kind: 'doubled', where: 'user: activities', what: 'a4 should not be there' },
    ],
    [
      'an order that lacks a line',
      owners({ orders: [{ order_uid: 'order-1', lines: 1, cancelled: true }] }),
      { kind: 'lost', where: 'product: orders', what: 'order-1: lines is 1 instead of 2' },
    ],
    [
      'a cancellation that its owner does not have',
      owners({ orders: [{ order_uid: 'order-1', lines: 2, cancelled: false }] }),
      {
        kind: 'different',
        where: 'product: orders',
        what: 'order-1: cancelled is false instead of true',
      },
    ],
    [
      'a checkout whose lines never left the cart',
      owners({ checkouts: [{ order_uid: 'order-1', cleared: true, times: 0 }] }),
      { kind: 'lost', where: 'product: checkouts', what: 'order-1: times is 0 instead of 1' },
    ],
    [
      'a second order of one cart',
      owners({
        checkouts: [
          { order_uid: 'order-1', cleared: true, times: 1 },
          { order_uid: 'order-2', cleared: true, times: 1 },
        ],
      }),
      { kind: 'doubled', where: 'product: checkouts', what: 'order-2 should not be there' },
    ],
    [
      'stock that an order took twice',
      owners({ stocked: [{ id: 'lamp', total: 999_999 }] }),
      { kind: 'lost', where: 'product: stock', what: 'lamp: total is 999999 instead of 1000000' },
    ],
    [
      'a line that is still in the cart',
      owners({ carts: [{ id: 'ada', lines: 1 }] }),
      { kind: 'doubled', where: 'user: carts', what: 'ada: lines is 1 instead of 0' },
    ],
    [
      'a price that fell back behind its acknowledgement',
      owners({ products: [{ id: 'lamp', sku: 'sku-1', price_minor: 1200 }] }),
      { kind: 'lost', where: 'product: prices', what: 'lamp: price_minor is 1200 instead of 1250' },
    ],
    [
      'a deleted user that is still there',
      owners({ users: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] }),
      { kind: 'doubled', where: 'user: users', what: 'bob@example.com should not be there' },
    ],
    [
      'an event that was never published',
      logOf([logged(1, 1), logged(3, 2)]),
      { kind: 'lost', where: 'log of updates', what: 'event event-2, number 2, was never published' },
    ],
    [
      'an event that was published and never committed',
      logOf([...log, logged(4)]),
      {
        kind: 'doubled',
        where: 'log of updates',
        what: 'event event-4 under number 4 was never committed',
      },
    ],
    [
      'a dead letter that no poison caused',
      {
        ...evidence,
        deadLetters: [...evidence.deadLetters, { topic: 'updates', group: 'readers', id: 'two' }],
      },
      { kind: 'dead letter without cause', where: 'dead letters of readers from updates', what: 'two' },
    ],
    [
      'poison that is no dead letter',
      { ...evidence, deadLetters: [] },
      { kind: 'lost', where: 'dead letters', what: 'poison mark-1 readers is none' },
    ],
    [
      'an activity that a projection counted twice',
      {
        ...evidence,
        projections: [{ projection: 'counts', row: 'ada view', column: 'count', expected: 3, actual: 4 }],
      },
      { kind: 'doubled', where: 'counts', what: 'ada view: count is 4 instead of 3' },
    ],
    [
      'an activity that a projection lacks',
      {
        ...evidence,
        projections: [{ projection: 'counts', row: 'ada view', column: 'count', expected: 3, actual: 2 }],
      },
      { kind: 'lost', where: 'counts', what: 'ada view: count is 2 instead of 3' },
    ],
  ])('%s', (_, changed, finding) => {
    expect(verify(journal(), changed)).toEqual([finding]);
  });

  test('events of one key that are out of order in the log, by number and by version', () => {
    expect(verify(journal(), logOf([logged(1, 1), logged(3, 2), logged(2)]))).toEqual([
      { kind: 'reordered', where: 'log of updates', what: 'number 2 comes after 3 in partition 0' },
    ]);
    const swapped = [logged(1, 2), logged(2), logged(3, 1)];
    expect(verify(journal(), logOf(swapped))).toEqual([
      { kind: 'reordered', where: 'log of updates', what: 'version 1 of ada comes after 2' },
    ]);
  });

  test('a number that two events have', () => {
    const findings = verify(journal(), logOf([...log, { ...logged(3), id: 'other' }]));
    expect(findings).toContainEqual({
      ...{ kind: 'doubled', where: 'log of updates', what: 'number 3 is of event-3 and of other' },
    });
  });

  test('an answer that is older than promised, and none that is as old as promised', () => {
    const read = { what: 'price of lamp', value: 1200, promisedMs: 500 };
    const stale = { ...journal(), reads: [{ ...read, askedAtMs: 1400 }] };
    expect(verify(stale, evidence)).toEqual([
      { kind: 'stale', where: 'price of lamp', what: 'answered 1200, was 1250 more than 500 ms before' },
    ]);
    expect(verify({ ...stale, reads: [{ ...read, askedAtMs: 1399 }] }, evidence)).toEqual([]);
  });
});
