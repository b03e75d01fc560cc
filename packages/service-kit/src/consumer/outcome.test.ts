import { expect, test } from 'vitest';
import { type Facts, type Numbers, outcomeOf, sequenceLimit } from './outcome.ts';

const bad = { errorClass: 'DecodeError.not_json', message: 'value: not JSON' };
const refusal = { errorClass: 'PostgresError.23514', message: 'refused by a check' };
const numbers = (change: Partial<Numbers> = {}): Numbers => ({
  ...{ sequence: 8n, last: 7n, limit: 100n, unseen: true },
  ...change,
});
const readable = () => undefined;
const unreadable = () => bad;
const unasked = () => {
  throw new Error('the data are read for nothing');
};
const taken = { errorClass: 'SequenceError.taken' };
const implausible = { errorClass: 'SequenceError.implausible' };

const first = { deadLetter: 'none' } as const;
const again = { byRight: true } as const;

test.each<[string, Facts, unknown]>([
  ['the next event', { ...first, fault: readable, numbers: numbers() }, 'applied'],
  [
    'an event under the last number',
    { ...first, fault: unasked, numbers: numbers({ sequence: 7n, unseen: false }) },
    'repeated',
  ],
  [
    'an event under a taken number that was never applied',
    { ...first, fault: unasked, numbers: numbers({ sequence: 3n }) },
    taken,
  ],
  [
    'one that is a dead letter already',
    { fault: unasked, deadLetter: 'pending', numbers: numbers({ sequence: 3n }) },
    'repeated',
  ],
  [
    'one that was applied as a dead letter',
    { fault: unasked, deadLetter: 'resolved', numbers: numbers() },
    'resolved before',
  ],
  ['an event that cannot be read', { ...first, fault: unreadable, numbers: numbers() }, bad],
  ['an envelope that cannot be read', { ...first, fault: unreadable }, bad],
  ['one that was refused and passed', { fault: unreadable, deadLetter: 'passed' }, 'repeated'],
  ['a copy elsewhere of one that was refused', { fault: unreadable, deadLetter: 'pending' }, bad],
  [
    'a number beyond the limit',
    { ...first, fault: readable, numbers: numbers({ sequence: 101n }) },
    implausible,
  ],
  [
    'one that was refused for its number and passed',
    { fault: readable, deadLetter: 'passed', numbers: numbers({ sequence: 101n }) },
    'repeated',
  ],
  [
    'data that cannot be read under such a number',
    { ...first, fault: unreadable, numbers: numbers({ sequence: 101n }) },
    bad,
  ],
  [
    'a pending dead letter that this build takes',
    { fault: readable, deadLetter: 'pending', numbers: numbers() },
    'applied',
  ],
  ['an event that Postgres refuses', { ...first, fault: readable, numbers: numbers(), refusal }, refusal],
  ['a dead letter sent again', { ...again, fault: readable, deadLetter: 'pending' }, 'applied'],
  ['one sent again that still cannot be read', { ...again, fault: unreadable, deadLetter: 'pending' }, bad],
  [
    'one sent again that Postgres refuses',
    { ...again, fault: readable, deadLetter: 'pending', refusal },
    refusal,
  ],
  ['one sent twice', { ...again, fault: unasked, deadLetter: 'resolved' }, 'resolved before'],
  ['what was sent and never was a dead letter', { ...again, fault: unasked, deadLetter: 'none' }, 'repeated'],
  ['a document', { fault: readable }, 'applied'],
  ['a document that cannot be read', { fault: unreadable }, bad],
  ['a document that Postgres refuses', { fault: readable, refusal }, refusal],
])('what becomes of %s', (_, facts, outcome) => {
  const found = outcomeOf(facts);
  if (typeof outcome === 'string') expect(found).toBe(outcome);
  else expect(found).toMatchObject(outcome as object);
});

test.each([
  ['nothing is known of the source', 0n, 2n ** 48n],
  ['a number is known', 7n, 7n + 2n ** 32n],
  ['the known number is near the highest one', 2n ** 48n - 1n, 2n ** 48n],
])('how high a number may be when %s', (_, known, limit) => {
  expect(sequenceLimit(known)).toBe(limit);
});
