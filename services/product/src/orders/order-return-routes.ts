import { quantity } from '@souk/contracts/fields.ts';
import { orderItemsMax } from '@souk/contracts/orders.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { requireOwner } from '@souk/service-kit/access/enforce-access.ts';
import { etag } from '@souk/service-kit/http/etag.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { orderFulfillers } from '../access.ts';
import type { OrderBook } from './order-book.ts';
import { orderNotFound } from './order-problems.ts';
import type { TakenBack } from './order-returns.ts';
import { OrderParams, State, viewState } from './order-schemas.ts';

const reasonLengthMax = 500;
const own = { by: 'entity', notFound: orderNotFound } as const;

const Pieces = Type.Object(
  {
    line: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'the place of the item in its order' }),
    quantity: Type.Optional(quantity()),
  },
  { additionalProperties: false },
);

const Body = Type.Object(
  {
    id: Type.Optional(uuid({ description: 'chosen by the client: the same again changes nothing' })),
    items: Type.Optional(
      Type.Array(Pieces, {
        minItems: 1,
        maxItems: orderItemsMax,
        description:
          'each line once; without quantity, all that is left of it. Without items: the whole order',
      }),
    ),
    reason: Type.Optional(
      Type.String({ maxLength: reasonLengthMax, description: 'never published; erased with the customer' }),
    ),
  },
  { additionalProperties: false, examples: [{ items: [{ line: 1, quantity: 1 }], reason: 'too small' }] },
);

/** Takes back whole orders or pieces of them: before they are sent, and after. */
export const orderReturnRoutes = (http: Http, orders: OrderBook): void => {
  route(http, orders, 'cancelled', {
    path: 'cancellations',
    operationId: 'cancelOrder',
    summary: 'Cancel an order, or pieces of it, before it is sent',
  });
  route(http, orders, 'returned', {
    path: 'returns',
    operationId: 'returnOrder',
    summary: 'Record what came back of an order that was sent',
  });
};

const route = (
  http: Http,
  orders: OrderBook,
  kind: TakenBack,
  { path, operationId, summary }: { path: string; operationId: string; summary: string },
): void => {
  http.post(
    `/api/v1/orders/:order_uid/${path}`,
    {
      config: {
        // What came back is recorded by the shop.
        access: kind === 'cancelled' ? { ...orderFulfillers, own } : orderFulfillers,
        idempotent: true,
      },
      schema: {
        tags: ['orders'],
        operationId,
        summary,
        description: 'The stock gets back what the order took of it, and revenue and recommendations follow.',
        params: OrderParams,
        body: Body,
        response: { 200: State, ...problems(404, 409) },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      await requireOwner(request, () => orders.customerOf(params.order_uid));
      await orders.takeBack({ orderUid: params.order_uid, kind, ...body });
      const state = await orders.state(params.order_uid);
      if (!state) throw orderNotFound();
      // The answer may be kept for a repeat, longer than the customer: it holds nobody's words.
      const changes = state.changes.map((change) => ({ ...change, reason: null }));
      return reply.header('etag', etag(state.version)).send(viewState({ ...state, changes }));
    },
  );
};
