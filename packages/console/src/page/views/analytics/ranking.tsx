import { dataOf, souk } from '../../lib/api.ts';
import { count, money } from '../../lib/format.ts';
import { param, setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Bars } from '../../parts/bars.tsx';
import { Figures } from '../../parts/figures.tsx';
import { Table } from '../../parts/table.tsx';
import { LoadedPart } from '../../parts/view.tsx';
import { queryOf, type Window } from './ranges.ts';

const metrics = ['views', 'likes', 'carts', 'purchases', 'units', 'revenue'] as const;
type Metric = (typeof metrics)[number];
const path = '/api/v1/analytics/products/top';
const limit = 10;

/** The products that lead by a figure. */
export const Ranking = ({ window }: { window: Window }) => {
  const metric = metrics.find((one) => one === param('metric')) ?? 'views';
  const query = { metric, window, limit };
  const loaded = useLoad(
    (signal) => dataOf(souk.analytics.GET(path, { params: { query }, signal })),
    `top ${metric} ${window}`,
    { everyMs: 10_000 },
  );
  return (
    <LoadedPart loaded={loaded} what="the ranking">
      {({ items, currency }) => {
        const shown = (value: number) => (metric === 'revenue' ? money(value, currency ?? '') : count(value));
        return (
          <Figures
            title="Products"
            note={<MetricSelect metric={metric} />}
            csv={`/api/analytics${path}?${queryOf(query)}`}
            table={() => (
              <Table
                label={`Products by ${metric}`}
                rows={items}
                keyOf={({ product_id }) => product_id}
                columns={[
                  { title: '#', isFigure: true, cell: (_row, index) => index + 1 },
                  {
                    title: 'Product',
                    cell: ({ product_id, name }) => (
                      <a href={`/catalogue?id=${product_id}`}>{name ?? product_id}</a>
                    ),
                  },
                  { title: metric, isFigure: true, cell: ({ value }) => shown(value) },
                ]}
              />
            )}
          >
            {items.length === 0 ? (
              <p class="empty">No product has any {metric} in this time range.</p>
            ) : (
              <Bars
                label={`Products by ${metric}`}
                items={items.map(({ product_id, name, value }) => ({
                  key: product_id,
                  name: name ?? product_id,
                  href: `/catalogue?id=${product_id}`,
                  value,
                  text: shown(value),
                }))}
              />
            )}
          </Figures>
        );
      }}
    </LoadedPart>
  );
};

const MetricSelect = ({ metric }: { metric: Metric }) => (
  <label class="inline">
    <span class="hidden">Ranked by</span>
    <select value={metric} onChange={(event) => setParams({ metric: event.currentTarget.value })}>
      {metrics.map((one) => (
        <option key={one} value={one}>
          by {one}
        </option>
      ))}
    </select>
  </label>
);
