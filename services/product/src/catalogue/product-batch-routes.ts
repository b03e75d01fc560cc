import { nullable } from '@souk/contracts/fields.ts';
import { itemValidator, ndjsonType, takeBatches } from '@souk/service-kit/http/batch-body.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import Type from 'typebox';
import type { Catalogue } from './catalogue.ts';
import { ChangeProduct } from './product-schemas.ts';

const batchItemsMax = 1_000;
const batchBodyLimitBytes = 8 * 1024 * 1024;

const BatchBody = {
  content: {
    'application/json': {
      schema: Type.Object(
        { products: Type.Array(ChangeProduct, { maxItems: batchItemsMax }) },
        { additionalProperties: false },
      ),
    },
    [ndjsonType]: { schema: ChangeProduct },
  },
};

const index = Type.Integer({ minimum: 0, description: 'the item, or its line, from 0' });
const BatchResult = Type.Object({
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  items: Type.Array(
    Type.Object({
      index,
      id: Type.String({ format: 'uuid' }),
      sku: nullable(Type.String()),
      status: Type.Union([Type.Literal('created'), Type.Literal('updated'), Type.Literal('unchanged')]),
    }),
  ),
  rejected: Type.Array(
    Type.Object({
      index,
      code: Type.String({ description: 'invalid_request, invalid_json, duplicate_sku or contended' }),
      detail: Type.String(),
      errors: Type.Optional(
        Type.Array(
          Type.Object({ field: Type.String({ description: 'within the item' }), message: Type.String() }),
        ),
      ),
    }),
  ),
});

/** The route that creates and changes many products at once. */
export const productBatchRoutes = async (http: Http, catalogue: Catalogue): Promise<void> => {
  const validItems = itemValidator(ChangeProduct);
  await http.register(async (scope) => {
    takeBatches(scope as Http, { field: 'products', itemsMax: batchItemsMax });
    scope.post(
      '/api/v1/products/batch',
      {
        bodyLimit: batchBodyLimitBytes,
        schema: {
          tags: ['products'],
          operationId: 'upsertProducts',
          summary: 'Create or change up to 1,000 products by sku',
          description:
            'An item whose sku is there sets the given fields of that product, any other is created and needs ' +
            'name and price. Items are taken or rejected one by one. NDJSON: one item per line.',
          body: BatchBody,
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
          rejected: [...faulty, ...rejected].sort((a, b) => a.index - b.index),
        });
      },
    );
  });
};
