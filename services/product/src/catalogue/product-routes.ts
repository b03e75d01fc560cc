import { Type } from '@souk/contracts/typebox.ts';
import { etag, expectedVersion, IfMatchHeader } from '@souk/service-kit/http/etag.ts';
import { IdParams } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { pagedList, pageStart, pagingFields } from '@souk/service-kit/http/paging.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { catalogueWriters } from '../access.ts';
import type { Catalogue } from './catalogue.ts';
import { ChangeProduct, CreateProduct, ProductView, viewProduct } from './product-schemas.ts';
import { type ProductSort, positionSchema, type productSearch, productSorts } from './product-search.ts';

const tags = ['products'];
const searchLengthMax = 200;
const filterLengthMax = 200;

const ListQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({
        maxLength: searchLengthMax,
        description:
          'words of name, sku, brand, category or description, all of them; the last may be a beginning',
      }),
    ),
    category: Type.Optional(Type.String({ maxLength: filterLengthMax, description: 'exactly this one' })),
    sku: Type.Optional(Type.String({ maxLength: filterLengthMax, description: 'exactly this one' })),
    sort: Type.Unsafe<ProductSort>(
      Type.Union(
        productSorts.map((sort) => Type.Literal(sort)),
        { default: '-created_at', description: '- means descending' },
      ),
    ),
    ...pagingFields,
  },
  { additionalProperties: false },
);

interface ProductRoutes {
  catalogue: Catalogue;
  search: ReturnType<typeof productSearch>;
}

/** The routes of single products and of lists, under /api/v1/products and, in short, /products. */
export const productRoutes = (http: Http, { catalogue, search }: ProductRoutes): void => {
  http.post(
    '/api/v1/products',
    {
      config: { access: catalogueWriters, idempotent: true, alsoAt: ['/products'] },
      schema: {
        tags,
        operationId: 'createProduct',
        summary: 'Create a product',
        body: CreateProduct,
        response: { 201: ProductView, ...problems(409) },
      },
    },
    async ({ body }, reply) => {
      const product = await catalogue.create(body);
      reply.header('location', `/api/v1/products/${product.id}`).header('etag', etag(product.version));
      return reply.code(201).send(viewProduct(product));
    },
  );

  http.get(
    '/api/v1/products',
    {
      config: { access: 'anyone', alsoAt: ['/products'] },
      schema: {
        tags,
        operationId: 'listProducts',
        summary: 'List and search products',
        querystring: ListQuery,
        response: { 200: pagedList(ProductView) },
      },
    },
    async ({ query: { q, category, sku, sort, ...paging } }) => {
      const start = pageStart(paging, positionSchema(sort));
      const filter = { ...(q && { q }), ...(category && { category }), ...(sku && { sku }) };
      const { items, ...totals } = await search(filter, sort, start);
      const page = start.page ?? null;
      return { items: items.map(viewProduct), page, limit: start.limit, ...totals };
    },
  );

  http.get(
    '/api/v1/products/:id',
    {
      config: { access: 'anyone', alsoAt: ['/products/:id'] },
      schema: {
        tags,
        operationId: 'getProduct',
        summary: 'Get a product',
        params: IdParams,
        response: { 200: ProductView, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const product = await catalogue.find(params.id);
      return reply.header('etag', etag(product.version)).send(viewProduct(product));
    },
  );

  http.put(
    '/api/v1/products/:id',
    {
      config: { access: catalogueWriters, alsoAt: ['/products/:id'] },
      schema: {
        tags,
        operationId: 'updateProduct',
        summary: 'Set the given fields of a product',
        description: 'Fields that are not given stay as they are; null takes an optional one away.',
        params: IdParams,
        headers: IfMatchHeader,
        body: ChangeProduct,
        response: { 200: ProductView, ...problems(404, 409, 412) },
      },
    },
    async ({ params, headers, body }, reply) => {
      const expected = expectedVersion(headers['if-match']);
      const product = await catalogue.change(params.id, body, expected);
      return reply.header('etag', etag(product.version)).send(viewProduct(product));
    },
  );

  http.delete(
    '/api/v1/products/:id',
    {
      config: { access: catalogueWriters, alsoAt: ['/products/:id'] },
      schema: {
        tags,
        operationId: 'deleteProduct',
        summary: 'Delete a product',
        params: IdParams,
        headers: IfMatchHeader,
        response: {
          204: Type.Null({ description: 'deleted; its sku is free again' }),
          ...problems(404, 412),
        },
      },
    },
    async ({ params, headers }, reply) => {
      await catalogue.remove(params.id, expectedVersion(headers['if-match']));
      return reply.code(204).send(null);
    },
  );
};
