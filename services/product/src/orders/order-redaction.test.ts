import { decodeDocument } from '@souk/contracts/document.ts';
import { orders } from '@souk/contracts/orders.ts';
import { expect, test } from 'vitest';
import { received, testItem, testOrder } from '../testing/test-order.ts';
import { redactOrder } from './order-redaction.ts';

test('a redacted order is still a valid document, without any text of its recipient and what no contract names', () => {
  const order = testOrder('one', {
    delivery: {
      name: 'marker',
      phone: 'marker',
      zip: 'marker',
      city: 'marker',
      address: 'marker',
      region: 'marker',
      email: 'marker@example.com',
    },
    internal_signature: 'marker',
    items: [{ ...testItem(), gift_note: 'marker' } as never],
  });
  const document = {
    ...order,
    comment: 'marker',
    delivery: { ...order.delivery, second_name: 'marker' },
    payment: { ...order.payment, request_id: 'marker', holder: 'marker' },
  };
  const before = structuredClone(document);

  const redacted = redactOrder(received(document));

  expect(redacted.text).not.toContain('marker');
  expect(decodeDocument(orders, { key: 'one', value: Buffer.from(redacted.text) }).document).toEqual({
    ...testOrder('one'),
    delivery: Object.fromEntries(Object.keys(order.delivery).map((field) => [field, 'redacted'])),
    items: [testItem()],
  });
  expect(document).toEqual(before);
});
