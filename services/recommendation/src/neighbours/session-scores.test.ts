import { expect, test } from 'vitest';
import { nearestShoppers } from './nearest-shoppers.ts';
import { sessionScores, sessionVotes } from './session-scores.ts';

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const [mug, pot, cup, jug, pan] = [1, 2, 3, 4, 5] as const;

/** What shoppers were at, as [product, days ago]. */
type Histories = Record<string, [product: number, daysAgo: number][]>;

/** The candidates of a session, newest first, all products allowed. */
const scoresFor = (session: readonly number[], histories: Histories, neighboursMax = 10) => {
  const asked = session.map((product) => ({ product, atMs: 0, weight: 1 }));
  const all = Object.entries(histories);
  const shoppersOf = (product: number) =>
    all.flatMap(([, of], at) => (of.some(([one]) => one === product) ? [BigInt(at)] : []));
  const products = new Map(
    session.map((product) => {
      const keys = BigInt64Array.from(shoppersOf(product));
      const newest = { keys, hours: new Int32Array(keys.length) };
      return [product, { product, shoppers: keys.length, newest }];
    }),
  );
  const keys = [...new Set([...session, mug, pot, cup, jug, pan])];
  const near = nearestShoppers(asked, products, { neighboursMax }).map((one) => {
    const history = all[Number(one.shopper)]?.[1] ?? [];
    const items = {
      products: history.map(([product]) => keys.indexOf(product)),
      atMs: history.map(([, daysAgo]) => -daysAgo * dayMs),
    };
    return { ...one, items };
  });
  const neighbours = { near, keys: Float64Array.from(keys) };
  const counts = new Map(keys.map((product) => [product, shoppersOf(product).length]));
  return sessionScores(asked, neighbours, sessionVotes(neighbours), counts, { limit: 10 });
};

const products = (...asked: Parameters<typeof scoresFor>) =>
  scoresFor(...asked).map(({ product }) => product);

test('what goes with the newest product comes before what goes with older ones', () => {
  const histories: Histories = {
    a: [
      [mug, 1],
      [cup, 1],
    ],
    b: [
      [pot, 1],
      [jug, 1],
    ],
  };
  expect(products([mug, pot], histories)).toEqual([cup, jug]);
  expect(products([pot, mug], histories)).toEqual([jug, cup]);
});

test('a product of the session comes again only when another product of it speaks for it', () => {
  expect(
    products([mug], {
      a: [
        [mug, 1],
        [cup, 1],
      ],
    }),
  ).toEqual([cup]);
  expect(
    products([mug, pot], {
      a: [
        [mug, 1],
        [pot, 1],
      ],
    }).sort(),
  ).toEqual([mug, pot]);
});

test('what neighbours were at within minutes of the product in common comes before what they were at months ago', () => {
  expect(
    products([mug], {
      a: [
        [mug, 1],
        [cup, 1],
        [jug, 90],
      ],
      b: [
        [mug, 1],
        [cup, 1],
        [jug, 90],
      ],
    }),
  ).toEqual([cup, jug]);
});

test('what everybody has says less than what few have, with the same votes', () => {
  const others = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`other ${n}`, [[jug, 1]] as [number, number][]]),
  );
  expect(
    products([mug], {
      a: [
        [mug, 1],
        [jug, 1],
        [cup, 1],
      ],
      ...others,
    }),
  ).toEqual([cup, jug]);
});

test('gives for each candidate the products of the session it comes from, those that gave most first', () => {
  const both: Histories = {
    a: [
      [mug, 1],
      [pot, 1],
      [cup, 1],
    ],
    b: [
      [pot, 1],
      [pan, 1],
    ],
  };
  const because = Object.fromEntries(scoresFor([mug, pot], both).map((one) => [one.product, one.because]));
  expect(because).toMatchObject({ [cup]: [mug, pot], [pan]: [pot] });
  expect(because[mug]).toEqual([pot]);
});
