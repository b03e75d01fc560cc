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
import type { ProductBucket, ProductRepository } from './product-repository.ts';
import { RevenueFigures, revenueFigures, sumOfMoney, toMajor } from './revenue.ts';
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
      const [product, buckets] = await Promise.all([
        products.find(productId),
        products.series(productId, asked),
      ]);
      if (!product)
        throw problem(404, 'product_not_found', 'there is no such product, and no activity on one');
      return {
        product_id: productId,
        name: product.name,
        ...seriesHead(asked),
        currency: product.currency,
        totals: totalsOf(buckets, product.currency),
        items: buckets.map((row) => ({
          bucket: row.start.toISOString(),
          ...figuresOf(row, product.currency),
        })),
      };
    },
  );
};

const figuresOf = (row: Omit<ProductBucket, 'start'>, currency: string) => ({
  views: row.views,
  likes: row.likes,
  carts: row.carts,
  purchases: row.purchases,
  units: row.units,
  returned_units: row.returned_units,
  ...revenueFigures(row.money, currency),
});

/** Revenue is summed in minor units: sums of fractions of a major unit would not be exact. */
const totalsOf = (rows: readonly ProductBucket[], currency: string) => {
  const totals = { ...nothing, money: sumOfMoney(rows.map(({ money }) => money)) };
  for (const row of rows) {
    totals.views += row.views;
    totals.likes += row.likes;
    totals.carts += row.carts;
    totals.purchases += row.purchases;
    totals.units += row.units;
    totals.returned_units += row.returned_units;
  }
  return figuresOf(totals, currency);
};

const nothing: Omit<ProductBucket, 'start'> = {
  views: 0,
  likes: 0,
  carts: 0,
  purchases: 0,
  units: 0,
  returned_units: 0,
  money: {},
};
