import { type Order, orders } from '@souk/contracts/orders.ts';
import { type BadRequest, bad, invalid } from './bad-request.ts';
import { badBodies, badPages } from './shared.ts';

const [order] = (orders.document as unknown as { examples: [Order] }).examples;
const place = 'POST /api/v1/orders';
const move = 'PATCH /api/v1/orders/nobody-knows-it/status';
const moveMany = 'POST /api/v1/orders/status';

/** Documents that the topic of orders would not take either. */
export const badForOrders: BadRequest[] = [
  ...badBodies(place),
  ...badPages('/api/v1/orders'),
  invalid('nothing', place, { json: {} }, orders.document.required as string[]),
  invalid(
    'a wrong type in every part',
    place,
    { json: { ...order, sm_id: '99', delivery: 1, payment: [], items: {} } },
    ['sm_id', 'delivery', 'payment', 'items'],
  ),
  invalid('negative money', place, { json: { ...order, payment: { ...order.payment, amount: -1 } } }, [
    'payment/amount',
  ]),
  invalid(
    'a currency in lower case',
    place,
    { json: { ...order, payment: { ...order.payment, currency: 'usd' } } },
    ['payment/currency'],
  ),
  invalid('no items', place, { json: { ...order, items: [] } }, ['items']),
  invalid('an item twice', place, { json: { ...order, items: [order.items[0], order.items[0]] } }, ['items']),
  invalid('a uid with a slash', place, { json: { ...order, order_uid: 'a/b' } }, ['order_uid']),
  bad('an unknown order', 'GET /order/nobody-knows-it', {}, 404, 'order_not_found'),
  bad(
    'the status of an unknown order',
    'GET /api/v1/orders/nobody-knows-it/status',
    {},
    404,
    'order_not_found',
  ),
  invalid('a uid that is none', 'GET /order/a%20b', {}, ['order_uid']),
  invalid('a status that is none', 'GET /api/v1/orders?status=lost', {}, ['status']),
  bad('an unknown order to be moved', move, { json: { status: 'paid' } }, 404, 'order_not_found'),
  invalid('a status that no order has', move, { json: { status: 'lost' } }, ['status']),
  invalid('no status', move, { json: {} }, ['status']),
  invalid(
    'too many to be moved',
    moveMany,
    { json: { orders: Array(1_001).fill({ order_uid: 'a', status: 'paid' }) } },
    ['orders'],
  ),
];
