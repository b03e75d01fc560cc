import { eventually } from '@souk/testing/eventually.ts';
import type { Row, Run } from '../climb.ts';
import { type CheckoutsPlace, itemsOf } from '../ladders/checkouts.ts';
import { type AllSent, sendAll } from '../load/send-all.ts';
import { type Figure, formatNumber, median, quantile } from '../report/figure.ts';

const roundsCount = 3;
const roundCarts = 500;
const pacedCarts = 500;
const pacedPerSecond = 50;

/**
 * Checkouts against a bare transaction that inserts an order with two lines and takes the stock; and from the request
 * until the product service has heard that the lines have left the cart: to the user service by Kafka, and back.
 */
export const checkoutRow: Row<CheckoutsPlace> = {
  name: 'checkouts',
  work: 'POST /api/v1/checkouts: a cart of two lines becomes an order',
  measure: async (place, { effort }: Run) => {
    await checkOut(place, 100);
    await orderBare(place, 100);
    const rounds: { ours: number; cleared: number; base: number }[] = [];
    for (let round = 0; round < Math.min(roundsCount, effort.rounds); round++) {
      const base = await orderBare(place, roundCarts);
      const startedAt = performance.now();
      const { perSecond: ours } = await checkOut(place, roundCarts);
      await untilCleared(place);
      const cleared = (1_000 * roundCarts) / (performance.now() - startedAt);
      rounds.push({ ours, cleared, base: base.perSecond });
    }
    const sent = await checkOut(place, pacedCarts, pacedPerSecond);
    await untilCleared(place);
    return [...rateFigures(rounds), ...(await timeFigures(place, sent))];
  },
};

const checkOut = (place: CheckoutsPlace, count: number, perSecond?: number): Promise<AllSent> => {
  const bodies = place.waiting.splice(0, count);
  if (bodies.length < count) throw new Error('there are no carts left');
  const requests = bodies.map((body) => ({ path: '/api/v1/checkouts', body }));
  return sendAll(place.world.service('product').url, requests, perSecond);
};

const orderBare = (place: CheckoutsPlace, count: number): Promise<AllSent> =>
  sendAll(
    place.bare.url,
    Array.from({ length: count }, (_, n) => ({
      path: '/orders',
      body: JSON.stringify({ items: itemsOf(place, n) }),
    })),
  );

const untilCleared = ({ world: { sql } }: CheckoutsPlace): Promise<void> =>
  eventually(
    async () => {
      const [row] = await sql`
        select count(*)::int as count from product_service.checkouts where cleared_at is null`;
      if (row?.count !== 0) throw new Error(`${row?.count} carts are not cleared`);
    },
    { intervalMs: 5, timeoutMs: 120_000 },
  );

const rateFigures = (rounds: readonly { ours: number; cleared: number; base: number }[]): Figure[] => {
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  return [
    {
      ...{ label: 'rate', unit: 'ratio', value: middle(({ ours, base }) => ours / base) },
      detail: `${formatNumber(middle(({ ours }) => ours))}/s; bare ${formatNumber(middle(({ base }) => base))}/s`,
    },
    {
      ...{ label: 'to the cleared cart', unit: '/s', value: middle(({ cleared }) => cleared) },
      detail: `${roundCarts} carts at once, 16 requests at a time, until the last one is cleared`,
    },
  ];
};

const timeFigures = async (
  { world: { sql } }: CheckoutsPlace,
  { answers, sentAt }: AllSent,
): Promise<Figure[]> => {
  const uids = answers.map(({ order_uid }) => order_uid as string);
  const rows = await sql<{ order_uid: string; cleared_at: Date }[]>`
    select order_uid, cleared_at from product_service.checkouts where order_uid = any(${uids})`;
  const clearedAt = new Map(rows.map((row) => [row.order_uid, row.cleared_at.getTime()]));
  const timesMs = uids.map((uid, index) => (clearedAt.get(uid) as number) - (sentAt[index] as number));
  return [0.5, 0.99].map((share) => ({
    ...{ label: `p${100 * share}`, unit: 'ms' as const, value: quantile(timesMs, share) },
    detail: `${timesMs.length} checkouts, ${pacedPerSecond}/s, from the request to the cleared cart`,
  }));
};
