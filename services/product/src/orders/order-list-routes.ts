import { orderUid } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { decodeCursor } from '@souk/service-kit/http/cursor.ts';
import { unixMs } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cursorFields, cursorList, cutPage } from '@souk/service-kit/http/paging.ts';
import { orderReaders } from '../access.ts';
import type { OrderBook } from './order-book.ts';
import { orderNotFound } from './order-problems.ts';
import { OrderStatus, Summary, viewSummary } from './order-schemas.ts';
import { positionOf } from './order-search.ts';

const customerIdLengthMax = 200;

const ListQuery = Type.Object(
  {
    customer_id: Type.Optional(
      Type.String({ minLength: 1, maxLength: customerIdLengthMax, description: 'exactly this one' }),
    ),
    status: Type.Optional(OrderStatus),
    ...cursorFields,
  },
  { additionalProperties: false },
);

const Position = Type.Tuple([unixMs(), unixMs(), orderUid()]);

export const orderListRoutes = (http: Http, orders: OrderBook): void => {
  http.get(
    '/api/v1/orders',
    {
      config: { access: { ...orderReaders, own: { by: 'query.customer_id', notFound: orderNotFound } } },
      schema: {
        tags: ['orders'],
        operationId: 'listOrders',
        summary: 'List orders, newest first',
        description: 'By their own date, but none by a date after it came; then by the time of receipt.',
        querystring: ListQuery,
        response: { 200: cursorList(Summary) },
      },
    },
    async ({ query: { customer_id, status, limit, cursor } }) => {
      const after = cursor === undefined ? undefined : decodeCursor(Position, cursor);
      const rows = await orders.list({ customerId: customer_id, status }, { limit, after });
      const { items, next_cursor } = cutPage(rows, limit, positionOf);
      return { items: items.map(viewSummary), limit, next_cursor };
    },
  );
};
