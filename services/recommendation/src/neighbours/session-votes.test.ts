import { expect, test } from 'vitest';
import { largest } from './largest.ts';
import { likenessOf } from './nearest-shoppers.ts';
import { dampingPower, votesDamped } from './rarity.ts';
import { partsOfVotes, sessionVotes } from './session-votes.ts';

const [mug, pot, cup, jug, pan] = [1, 2, 3, 4, 5] as const;

/** What shoppers were at, newest first: all of them are neighbours. */
type Neighbours = Record<string, number[]>;

/** Products by their scores for a session, newest first, each with how much comes from each product of the session. */
const scoresFor = (session: readonly number[], neighbours: Neighbours) => {
  const all = Object.values(neighbours);
  const keys = [...new Set([...session, ...all.flat()])];
  const shoppersOf = (product: number) => all.filter((of) => of.includes(product)).length;
  let end = 0;
  const histories = {
    keys: Float64Array.from(keys),
    products: Int32Array.from(all.flat(), (product) => keys.indexOf(product)),
    ends: Int32Array.from(all, (of) => {
      end += of.length;
      return end;
    }),
  };
  const likeness = likenessOf(session.map(shoppersOf));
  const power = dampingPower(session.length, 0);
  const scores = sessionVotes(likeness, histories).map(
    (votes, number) => votes * votesDamped(shoppersOf(keys[number] as number), power),
  );
  const numbers = largest(scores, 100);
  const parts = partsOfVotes(numbers, likeness, histories);
  return numbers.map((number, at) => ({
    product: keys[number] as number,
    parts: [...(parts[at] as Float64Array)],
  }));
};

const products = (...asked: Parameters<typeof scoresFor>) =>
  scoresFor(...asked).map(({ product }) => product);

test('what goes with the newest product comes before what goes with older ones', () => {
  const neighbours: Neighbours = {
    a: [mug, cup],
    b: [pot, jug],
  };
  expect(products([mug, pot], neighbours)).toEqual([cup, jug]);
  expect(products([pot, mug], neighbours)).toEqual([jug, cup]);
});

test('a product of the session comes again only when another product of it speaks for it', () => {
  expect(
    products([mug], {
      a: [mug, cup],
    }),
  ).toEqual([cup]);
  expect(
    products([mug, pot], {
      a: [mug, pot],
    }).sort(),
  ).toEqual([mug, pot]);
});

test('what neighbours were at next to the product in common comes before what they were at long before', () => {
  expect(
    products([mug], {
      a: [mug, jug, pan, cup],
      b: [mug, jug, pan, cup],
    }),
  ).toEqual([jug, pan, cup]);
});

test('of what stands far from it in the histories, what goes with most of the session comes first, not with the newest', () => {
  const between = Array.from({ length: 30 }, (_, n) => 100 + n);
  const neighbours: Neighbours = {
    a: [mug, ...between, cup],
    b: [pot, ...between, jug],
    c: [pan, ...between, jug],
  };
  const found = products([mug, pot, pan], neighbours).filter((one) => one === cup || one === jug);
  expect(found).toEqual([jug, cup]);
});

test('of two products with the same votes for a longer session the one that few have comes first', () => {
  const others = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`other ${n}`, [jug]]));
  expect(
    products([mug, pot], {
      a: [jug, mug, cup],
      ...others,
    }),
  ).toEqual([cup, jug]);
});

test('tells how much comes from each product of the session, which is nothing from the product itself', () => {
  const neighbours: Neighbours = {
    a: [mug, pot, cup],
    b: [pot, pan],
  };
  const parts = new Map(scoresFor([mug, pot], neighbours).map((one) => [one.product, one.parts]));
  const [fromMug, fromPot] = parts.get(cup) as [number, number];
  expect(fromMug).toBeGreaterThan(fromPot);
  expect(fromPot).toBeGreaterThan(0);
  expect(parts.get(pan)).toEqual([0, expect.toSatisfy((part: number) => part > 0)]);
  expect(parts.get(mug)?.[0]).toBe(0);
});
