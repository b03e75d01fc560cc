import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { inOrder, itemIndex, RejectedItems } from '@souk/service-kit/http/batch-answer.ts';
import { batchBody, itemValidator, takeBatches } from '@souk/service-kit/http/batch-body.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { catalogueWriters } from '../access.ts';
import type { Catalogue } from './catalogue.ts';
import { ChangeProduct } from './product-schemas.ts';

const batch = { field: 'products', itemsMax: 1_000 };
const batchBodyLimitBytes = 8 * 1024 * 1024;

const BatchResult = Type.Object({
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  items: Type.Array(
    Type.Object({
      index: itemIndex,
      id: uuid(),
      sku: nullable(Type.String()),
      status: Type.Union([Type.Literal('created'), Type.Literal('updated'), Type.Literal('unchanged')]),
    }),
  ),
  rejected: RejectedItems('invalid_request, invalid_json, duplicate_sku or contended'),
});

/** The route that creates and changes many products at once. */
export const productBatchRoutes = async (http: Http, catalogue: Catalogue): Promise<void> => {
  const validItems = itemValidator(ChangeProduct);
  await http.register(async (scope) => {
    takeBatches(scope as Http, batch);
    scope.post(
      '/api/v1/products/batch',
      {
        bodyLimit: batchBodyLimitBytes,
        config: { access: catalogueWriters, idempotent: true },
        schema: {
          tags: ['products'],
          operationId: 'upsertProducts',
          summary: 'Create or change up to 1,000 products by sku',
          description:
            'An item whose sku is there sets the given fields of that product, any other is created and needs ' +
            'name and price. Items are taken or rejected one by one. NDJSON: one item per line.',
          body: batchBody(ChangeProduct, batch),
          response: { 207: BatchResult },
        },
      },
      async ({ body }, reply) => {
        const { valid, faulty } = validItems(body);
        const { items, rejected } = await catalogue.upsert(
          valid.map(({ index, value }) => ({ index, given: value })),
        );
        const count = (status: string) => items.filter((item) => item.status === status).length;
        return reply.code(207).send({
          created: count('created'),
          updated: count('updated'),
          unchanged: count('unchanged'),
          items: items.map(({ index, status, product: { id, sku } }) => ({ index, id, sku, status })),
          rejected: inOrder(faulty, rejected),
        });
      },
    );
  });
};
