import { exampleOrder } from '@souk/contracts/orders.ts';
import { expect, test } from 'vitest';
import { maskPersonal } from './personal-data.ts';

test('shows of an order everything but who gets it, and where', () => {
  const { text, isMasked } = maskPersonal('orders', JSON.stringify(exampleOrder));
  expect(isMasked).toBe(true);
  for (const personal of Object.values(exampleOrder.delivery)) expect(text).not.toContain(personal);
  expect(JSON.parse(text)).toEqual({
    ...exampleOrder,
    delivery: Object.fromEntries(Object.keys(exampleOrder.delivery).map((name) => [name, '•••'])),
  });
});

test('hides the same in the dead-letter topic and the retry topic', () => {
  for (const topic of ['orders.product.dlq', 'orders.product.retry'])
    expect(maskPersonal(topic, JSON.stringify(exampleOrder)).text).not.toContain(exampleOrder.delivery.email);
});

test('hides everything where the document is not what the contract says', () => {
  for (const text of [
    `{"delivery": "Jane Example, 1 Example Street"}`,
    `{"delivery": ["Jane Example"]}`,
    `{"delivery": {"name": {"first": "Jane Example"}}}`,
    `"Jane Example"`,
    `{"order_uid": "1", "delivery": {"name": "Jane Example"`,
  ])
    expect(maskPersonal('orders', text)).toMatchObject({
      isMasked: true,
      text: expect.not.stringContaining('Jane'),
    });
});

test('hides what the contract does not name, wherever it stands', () => {
  const more = { note: 'Jane Example' };
  const [item] = exampleOrder.items;
  const { text } = maskPersonal(
    'orders',
    JSON.stringify({ ...exampleOrder, ...more, items: [{ ...item, ...more }] }),
  );
  expect(text).not.toContain('Jane');
  expect(JSON.parse(text)).toMatchObject({ note: '•••', items: [{ ...item, note: '•••' }] });
});

test('leaves alone what holds no personal data', () => {
  for (const [topic, text] of [
    ['user-updates', '{"user_id":"1"}'],
    ['unknown', 'Jane Example'],
    ['orders', ''],
    ['orders', '{"order_uid":"1"}'],
  ] as const)
    expect(maskPersonal(topic, text)).toEqual({ text, isMasked: false });
});
