import type { Row } from '../climb.ts';
import { type OrdersPlace, takeOrders } from '../ladders/orders.ts';
import { formatNumber } from '../report/figure.ts';

const count = 15_000;

/** Orders out of the topic, each stored with its lines, its stock and its events. */
export const ordersStored: Row<OrdersPlace> = {
  name: 'orders',
  work: 'orders from the topic, stored',
  measure: async (place) => {
    const { stored } = place;
    const perSecond = await takeOrders(place, count);
    const detail = `${formatNumber(count)} orders beside ${formatNumber(stored)}`;
    return [{ label: '', unit: '/s', value: perSecond, goal: { atLeast: 8_000 }, detail }];
  },
};
