import { DecodeError } from '@souk/contracts/decode-error.ts';
import { decodeDocument } from '@souk/contracts/document.ts';
import { orders as ordersTopic } from '@souk/contracts/orders.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { requireOwner } from '@souk/service-kit/access/enforce-access.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { orderReaders, orderWriters } from '../access.ts';
import { keepBodies } from '../keep-bodies.ts';
import type { OrderBook } from './order-book.ts';
import { orderConflict, orderNotFound } from './order-problems.ts';
import { OrderParams, Summary, viewSummary } from './order-schemas.ts';

const tags = ['orders'];
const jsonType = 'application/json; charset=utf-8';

/** Takes order documents in and gives them back as they came. */
export const orderDocumentRoutes = async (http: Http, orders: OrderBook): Promise<void> => {
  await http.register(async (scope) => placeRoute(scope as Http, orders));
  readRoute(http, orders);
};

/** In a scope of its own, which keeps the bytes of its bodies. */
const placeRoute = (scope: Http, orders: OrderBook): void => {
  const bytesOf = keepBodies(scope);
  scope.post(
    '/api/v1/orders',
    {
      bodyLimit: ordersTopic.documentBytesMax,
      config: { access: orderWriters, idempotent: { personal: 'customer_id' } },
      schema: {
        tags,
        operationId: 'placeOrder',
        summary: 'Place an order',
        description:
          'The same document as on the topic `orders`, kept exactly as it is sent. Unknown products are created ' +
          'from its items. An order beyond the stock is taken and marked `backordered`. Sent again, it changes ' +
          'nothing: 200.',
        body: ordersTopic.document,
        response: { 200: Summary, 201: Summary, ...problems(409) },
      },
    },
    async (request, reply) => {
      const { document, text } = decoded(bytesOf(request));
      const intake = await orders.place({ document, text, receivedAt: new Date() });
      if (intake === 'conflict') throw orderConflict();
      const summary = await orders.summary(document.order_uid);
      if (!summary) throw new Error('an order is gone that was just there');
      reply.header('location', `/api/v1/orders/${summary.orderUid}`);
      return reply.code(intake === 'stored' ? 201 : 200).send(viewSummary(summary));
    },
  );
};

const readRoute = (http: Http, orders: OrderBook): void => {
  http.get(
    '/api/v1/orders/:order_uid',
    {
      config: { access: orderReaders, alsoAt: ['/order/:order_uid'] },
      schema: {
        tags,
        operationId: 'getOrder',
        summary: 'Get an order, as it came',
        description:
          'Byte for byte. A document changes only when its customer is deleted as a user: then it says `redacted` ' +
          'wherever it held personal data.',
        params: OrderParams,
        headers: Type.Object({
          'if-none-match': Type.Optional(Type.String({ description: 'the ETag of the document: 304' })),
        }),
        response: {
          200: ordersTopic.document,
          304: Type.Null({ description: 'the document with the given ETag' }),
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const { params, headers } = request;
      await requireOwner(request, () => orders.customerOf(params.order_uid));
      const document = await orders.document(params.order_uid);
      if (!document) throw orderNotFound();
      reply.header('etag', document.etag);
      if (headers['if-none-match']?.includes(document.etag)) return reply.code(304).send(null);
      // Bytes, where the type of the answer wants what they say.
      return reply.type(jsonType).send(document.body as never);
    },
  );
};

/** Read as from the topic once more, so that both ways take the same documents. */
const decoded = (value: Buffer) => {
  try {
    return decodeDocument(ordersTopic, { key: null, value });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const code = error.code === 'not_json' ? 'invalid_json' : 'invalid_request';
    throw problem(400, code, `the body is not valid: ${error.problems.join('; ')}`, { cause: error });
  }
};
