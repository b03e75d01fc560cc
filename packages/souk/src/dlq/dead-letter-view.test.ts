import { expect, test } from 'vitest';
import { deadLetterText } from './dead-letter-view.ts';

test('shows every value of a header that was given more than once', () => {
  const deadLetter = {
    ...{ id: 'a', topic: 'orders', group: 'product', errorClass: 'DecodeError.bad_envelope' },
    ...{ origin: { topic: 'orders', partition: 0, offset: 1 }, at: { partition: 0, offset: 0 } },
    ...{ replays: 0, attempts: 1, firstSeen: '', lastSeen: '', bytes: 0 },
  };
  const headers = { ce_id: [Buffer.from('one'), Buffer.from('two')], note: Buffer.from('x') };
  const text = deadLetterText(deadLetter, {
    ...{ topic: 'orders.product.dlq', partition: 0, offset: 0, key: null, value: null },
    ...{ headers, bytes: 0, receivedAtMs: 0 },
  });
  expect(text.match(/header .*/g)?.map((line) => line.replace(/ +/, ' '))).toEqual([
    'header ce_id: one',
    'header ce_id: two',
    'header note: x',
  ]);
});
