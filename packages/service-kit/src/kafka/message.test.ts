import { decodeEnvelope } from '@souk/contracts/cloud-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { expect, test } from 'vitest';
import { deadLetterMessage, eventId } from '../consumer/dead-letter.ts';
import { bytesOf, headerPairs, receivedMessage } from './message.ts';

const raw = {
  topic: 'parcels',
  partition: 0,
  offset: 7,
  key: 'a',
  value: Buffer.from('{}'),
  size: 2,
  headers: [
    { ce_id: Buffer.from('first') },
    { note: Buffer.from('x') },
    { ce_id: Buffer.from('second') },
    { ce_id: Buffer.from('third') },
  ],
};
const message = receivedMessage(raw, 0);

test('a header that was given more than once keeps all its values, in order', () => {
  expect(headerPairs(message.headers).map(([name, value]) => `${name}=${value}`)).toEqual([
    'ce_id=first',
    'ce_id=second',
    'ce_id=third',
    'note=x',
  ]);
  expect(() => decodeEnvelope(userUpdates, message)).toThrow('ce_id: given more than once');
});

test('a dead letter has every header as it came, and the identity that the last one gives', () => {
  const refusal = { errorClass: 'DecodeError.bad_envelope', message: 'ce_id: given more than once' };
  const deadLetter = deadLetterMessage({
    ...{ id: eventId(message), message, refusal, topic: 'parcels', group: 'sorting' },
    ...{ replayed: false, attempts: 1, now: new Date(0) },
  });
  expect(eventId(message)).toBe('third');
  expect(deadLetter.headers).toMatchObject(message.headers);
});

test('is the same whether the client gives bytes or texts', () => {
  const asText = Object.assign({}, raw, {
    headers: raw.headers.map((header) =>
      Object.fromEntries(Object.entries(header).map(([name, bytes]) => [name, `${bytes}`])),
    ),
  });
  expect(receivedMessage(asText as unknown as typeof raw, 0)).toEqual(message);
});

test('its size is that of key, value and headers', () => {
  expect(bytesOf(message)).toBe(1 + 2 + 3 * 5 + 5 + 6 + 5 + 4 + 1);
});

test('a header called __proto__ is one like any other', () => {
  // As the binding makes it: the name is set on a plain object.
  const header: Record<string, Buffer> = Object.setPrototypeOf({}, Buffer.from('p'));
  const { headers } = receivedMessage({ ...raw, headers: [header, { constructor: Buffer.from('c') }] }, 0);
  expect(headerPairs(headers).map(([name, value]) => `${name}=${value}`)).toEqual([
    '__proto__=p',
    'constructor=c',
  ]);
  const received = { ...message, headers };
  const deadLetter = deadLetterMessage({
    ...{
      id: eventId(received),
      message: received,
      refusal: { errorClass: 'E', message: '' },
      topic: 'parcels',
    },
    ...{ group: 'sorting', replayed: false, attempts: 1, now: new Date(0) },
  });
  expect(
    headerPairs(deadLetter.headers)
      .slice(0, 2)
      .map(([name]) => name),
  ).toEqual(['__proto__', 'constructor']);
});
