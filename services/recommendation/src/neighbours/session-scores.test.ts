import { expect, test } from 'vitest';
import { nearestShoppers } from './nearest-shoppers.ts';
import { sessionScores, sessionVotes } from './session-scores.ts';

const [mug, pot, cup, jug, pan] = [1, 2, 3, 4, 5] as const;

/** What shoppers were at, newest first. */
type Histories = Record<string, number[]>;

/** The candidates of a session, newest first, all products allowed. */
const scoresFor = (session: readonly number[], histories: Histories, neighboursMax = 10) => {
  const asked = session.map((product) => ({ product, atMs: 0, weight: 1 }));
  const all = Object.entries(histories);
  const shoppersOf = (product: number) =>
    all.flatMap(([, of], at) => (of.includes(product) ? [BigInt(at)] : []));
  const products = new Map(
    session.map((product) => {
      const keys = BigInt64Array.from(shoppersOf(product));
      const newest = { keys, hours: new Int32Array(keys.length) };
      return [product, { product, shoppers: keys.length, newest }];
    }),
  );
  const keys = [...new Set([...session, ...Object.values(histories).flat()])];
  const near = nearestShoppers(asked, products, { neighboursMax }).map((one) => {
    const history = all[Number(one.shopper)]?.[1] ?? [];
    return { ...one, items: history.map((product) => keys.indexOf(product)) };
  });
  const neighbours = { near, keys: Float64Array.from(keys) };
  const counts = new Map(keys.map((product) => [product, shoppersOf(product).length]));
  return sessionScores(asked, neighbours, sessionVotes(neighbours), counts, { limit: 100 });
};

const products = (...asked: Parameters<typeof scoresFor>) =>
  scoresFor(...asked).map(({ product }) => product);

test('what goes with the newest product comes before what goes with older ones', () => {
  const histories: Histories = {
    a: [mug, cup],
    b: [pot, jug],
  };
  expect(products([mug, pot], histories)).toEqual([cup, jug]);
  expect(products([pot, mug], histories)).toEqual([jug, cup]);
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
  const histories: Histories = {
    a: [mug, ...between, cup],
    b: [pot, ...between, jug],
    c: [pan, ...between, jug],
  };
  const found = products([mug, pot, pan], histories).filter((one) => one === cup || one === jug);
  expect(found).toEqual([jug, cup]);
});

test('what everybody has says less than what few have, with the same votes', () => {
  const others = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`other ${n}`, [jug]]));
  expect(
    products([mug], {
      a: [cup, mug, jug],
      ...others,
    }),
  ).toEqual([cup, jug]);
});

test('gives for each candidate the products of the session it comes from, those that gave most first', () => {
  const both: Histories = {
    a: [mug, pot, cup],
    b: [pot, pan],
  };
  const because = Object.fromEntries(scoresFor([mug, pot], both).map((one) => [one.product, one.because]));
  expect(because).toMatchObject({ [cup]: [mug, pot], [pan]: [pot] });
  expect(because[mug]).toEqual([pot]);
});
