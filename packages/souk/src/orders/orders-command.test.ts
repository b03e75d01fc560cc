import { expect, test } from 'vitest';
import { stuckText } from './orders-command.ts';

test('says that there may be more stuck orders than are shown', () => {
  const order = { order_uid: 'an-order', reason: 'refund_due', since: '2026-02-03T12:00:00.000Z' } as const;
  const items = [{ ...order, amount: 12.5, currency: 'EUR', remedy: 'refund it' }];
  const line = 'an-order  refund_due 12.5 EUR  since 2026-02-03T12:00:00.000Z\n  refund it';
  expect(stuckText(items, 2)).toBe(line);
  expect(stuckText(items, 1)).toBe(`${line}\n… and perhaps more: see --limit`);
  expect(stuckText([], 1)).toBe('No order is stuck.');
});
