import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { orCsv, tableResponses } from '@souk/service-kit/http/csv.ts';
import { IdParams, uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { analysts } from '../access.ts';
import { metrics, rankingMax } from '../rollups/product-rankings.ts';
import type { Calendar } from './calendar.ts';
import {
  Count,
  Name,
  OwnCurrency,
  ReturnedUnits,
  SeriesHead,
  seriesHead,
  seriesQuery,
  Time,
  tags,
  WindowField,
} from './fields.ts';
import type { ProductRepository } from './product-repository.ts';
import { productSeries } from './product-series.ts';
import { RevenueFigures, toMajor } from './revenue.ts';
import { seriesGranularities } from './series.ts';

const Ranking = Type.Object(
  {
    metric: Type.Enum([...metrics]),
    window: WindowField,
    currency: nullable(OwnCurrency, { description: 'of revenue; null for counts, and without any' }),
    items: Type.Array(
      Type.Object({
        product_id: uuid(),
        name: Name,
        value: Type.Number({ minimum: 0, description: 'a count; net revenue in major units' }),
      }),
    ),
  },
  { title: 'ProductRanking' },
);

const Figures = {
  views: Count,
  likes: Count,
  carts: Count,
  purchases: Count,
  units: Count,
  returned_units: ReturnedUnits,
  ...RevenueFigures,
};

const ProductSeries = Type.Object(
  {
    product_id: uuid(),
    name: Name,
    ...SeriesHead(seriesGranularities),
    currency: OwnCurrency,
    totals: Type.Object(Figures),
    items: Type.Array(Type.Object({ bucket: Time, ...Figures }), {
      description: 'every bucket, also the empty ones',
    }),
  },
  { title: 'ProductSeries' },
);

interface Dependencies {
  products: ProductRepository;
  calendar: Calendar;
  now: () => Date;
}

export const productRoutes = (http: Http, dependencies: Dependencies): void => {
  rankingRoute(http, dependencies);
  seriesRoute(http, dependencies);
};

const rankingRoute = (http: Http, { products }: Pick<Dependencies, 'products'>): void => {
  http.get(
    '/api/v1/analytics/products/top',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'listTopProducts',
        summary: 'The products with the most of a metric',
        description:
          'Products with none of it are left out; ties are in the order of the ids. Follows what happens a moment later.',
        querystring: Type.Object(
          {
            metric: Type.Enum([...metrics], { default: 'purchases' }),
            window: WindowField,
            limit: Type.Integer({ minimum: 1, maximum: rankingMax, default: 10 }),
          },
          { additionalProperties: false },
        ),
        response: tableResponses(Ranking),
      },
      ...orCsv(Ranking),
    },
    async ({ query: { metric, window, limit } }) => {
      const ranked = await products.top(metric, window, limit);
      return {
        metric,
        window,
        currency: ranked[0]?.currency || null,
        items: ranked.map(({ product_id, name, value, currency }) => ({
          product_id,
          name,
          value: currency === '' ? Number(value) : toMajor(value, currency),
        })),
      };
    },
  );
};

const seriesRoute = (http: Http, { products, calendar, now }: Dependencies): void => {
  http.get(
    '/api/v1/analytics/products/:id',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getProductSeries',
        summary: 'One product over time',
        description: 'A product that was deleted keeps its history. Follows what happens a moment later.',
        params: IdParams,
        querystring: seriesQuery(seriesGranularities, 'hour'),
        response: { ...tableResponses(ProductSeries), ...problems(404) },
      },
      ...orCsv(ProductSeries),
    },
    async ({ params, query }) => {
      const productId = params.id.toLowerCase();
      const asked = await calendar.series(query, now());
      const [product, columns] = await Promise.all([
        products.find(productId),
        products.series(productId, asked),
      ]);
      if (!product)
        throw problem(404, 'product_not_found', 'there is no such product, and no activity on one');
      const { totals, items } = productSeries(asked.buckets, columns, product.currency);
      return {
        product_id: productId,
        name: product.name,
        ...seriesHead(asked),
        currency: product.currency,
        totals,
        items,
      };
    },
  );
};
