import { dataOf, souk } from '../../lib/api.ts';
import { count, percent } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Bars } from '../../parts/bars.tsx';
import { Figures } from '../../parts/figures.tsx';
import { Table } from '../../parts/table.tsx';
import { LoadedPart } from '../../parts/view.tsx';
import { queryOf, type Window } from './ranges.ts';

const path = '/api/v1/analytics/funnel';
const names = { view: 'Viewed', add_to_cart: 'Filled a cart', purchase: 'Bought' } as const;

/** How many users came to each step, in this order in time. */
export const Funnel = ({ window }: { window: Window }) => {
  const query = { window };
  const loaded = useLoad(
    (signal) => dataOf(souk.analytics.GET(path, { params: { query }, signal })),
    `funnel ${window}`,
    { everyMs: 10_000 },
  );
  return (
    <LoadedPart loaded={loaded} what="the funnel">
      {({ items }) => (
        <Figures
          title="Funnel"
          note="distinct users, each step after the one before"
          csv={`/api/analytics${path}?${queryOf(query)}`}
          table={() => (
            <Table
              label="Funnel"
              rows={items}
              keyOf={({ step }) => step}
              columns={[
                { title: 'Step', cell: ({ step }) => names[step] },
                { title: 'Users', isFigure: true, cell: ({ users }) => count(users) },
                { title: 'Of the step before', isFigure: true, cell: ({ rate }) => rateText(rate) },
                {
                  title: 'Of the first',
                  isFigure: true,
                  cell: ({ rate_of_first }) => rateText(rate_of_first),
                },
              ]}
            />
          )}
        >
          <Bars
            label="Users at each step"
            items={items.map(({ step, users, rate }, index) => ({
              key: step,
              name: names[step],
              value: users,
              text: index === 0 ? `${count(users)} users` : `${count(users)} users · ${rateText(rate)}`,
            }))}
          />
        </Figures>
      )}
    </LoadedPart>
  );
};

const rateText = (rate: number | null): string => (rate === null ? '–' : percent(rate));
