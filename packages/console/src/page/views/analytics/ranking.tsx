import { addressOf } from '../../lib/address.ts';
import { count, money } from '../../lib/format.ts';
import { param, setParams } from '../../lib/router.ts';
import { Bars } from '../../parts/bars.tsx';
import { Figures } from '../../parts/figures.tsx';
import { Select } from '../../parts/select.tsx';
import { Empty } from '../../parts/view.tsx';
import type { Window } from './ranges.ts';

const metrics = ['views', 'likes', 'carts', 'purchases', 'units', 'revenue'] as const;

/** The products that lead by a figure. */
export const Ranking = ({ window }: { window: Window }) => {
  const metric = metrics.find((one) => one === param('metric')) ?? 'views';
  const shown = (value: number, currency: string | null) =>
    metric === 'revenue' ? money(value, currency ?? '') : count(value);
  return (
    <Figures
      title="Products"
      what="the ranking"
      note={
        <Select
          label="Ranked by"
          isHidden
          options={metrics.map((one) => [one, `by ${one}`])}
          value={metric}
          onChange={(value) => setParams({ metric: value })}
        />
      }
      from={addressOf('analytics', '/api/v1/analytics/products/top', { metric, window, limit: 10 })}
      everyMs={10_000}
      rows={({ items }) => items}
      columns={({ currency }) => [
        ['#', (_row, index) => index + 1, 'figure'],
        [
          'Product',
          ({ product_id, name }) => <a href={`/catalogue?id=${product_id}`}>{name ?? product_id}</a>,
        ],
        [metric, ({ value }) => shown(value, currency), 'figure'],
      ]}
    >
      {({ items, currency }) =>
        items.length === 0 ? (
          <Empty>No product has any {metric} in this time range.</Empty>
        ) : (
          <Bars
            label={`Products by ${metric}`}
            items={items.map(({ product_id, name, value }) => ({
              key: product_id,
              name: name ?? product_id,
              href: `/catalogue?id=${product_id}`,
              value,
              text: shown(value, currency),
            }))}
          />
        )
      }
    </Figures>
  );
};
