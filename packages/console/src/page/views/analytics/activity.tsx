import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { count } from '../../lib/format.ts';
import { Chart } from '../../parts/chart.tsx';
import { Figures } from '../../parts/figures.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty } from '../../parts/view.tsx';
import { seriesRange, type Window } from './ranges.ts';

const typesMax = 5;
const path = '/api/v1/analytics/events';
type Bucket = AnswerTo<'analytics', typeof path>['items'][number];

/** Activities by type over time. */
export const Activity = ({ window, zone }: { window: Window; zone: string }) => {
  const range = seriesRange(window, zone);
  return (
    <Figures
      title="Activities"
      what="the activities"
      note={`a ${range.granularity} each${window === 'all' ? ', of the last year' : ''}, in ${zone}`}
      from={addressOf('analytics', path, range)}
      question={`activities ${window} ${zone}`}
      everyMs={15_000}
      rows={({ items }) => items}
      columns={({ items }) => [
        ['From', ({ bucket }) => <Time at={bucket} />],
        ...frequentTypes(items).map(
          (type): Column<Bucket> => [wordsOf(type), ({ events }) => count(events[type] ?? 0), 'figure'],
        ),
        ['All', ({ events_total }) => count(events_total), 'figure'],
      ]}
    >
      {({ items, granularity }) => {
        const types = frequentTypes(items);
        if (types.length === 0) return <Empty>Nobody did anything in this time range.</Empty>;
        return (
          <Chart
            label={`Activities by type, a ${granularity} each`}
            zone={zone}
            times={items.map(({ bucket }) => Date.parse(bucket) / 1_000)}
            series={types.map((type) => ({
              label: wordsOf(type),
              values: items.map(({ events }) => events[type] ?? 0),
            }))}
          />
        );
      }}
    </Figures>
  );
};

const frequentTypes = (items: readonly Bucket[]): string[] => {
  const totals = new Map<string, number>();
  for (const { events } of items)
    for (const [type, value] of Object.entries(events)) totals.set(type, (totals.get(type) ?? 0) + value);
  return [...totals]
    .filter(([, total]) => total > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, typesMax)
    .map(([type]) => type);
};

const wordsOf = (type: string): string => type.replaceAll('_', ' ');

/** Distinct users a day. */
export const ActiveUsers = ({ zone }: { zone: string }) => (
  <Figures
    title="Active users"
    what="the active users"
    note={`a day each, in ${zone}`}
    from={addressOf('analytics', '/api/v1/analytics/users/active', { granularity: 'day', timezone: zone })}
    everyMs={30_000}
    rows={({ items }) => items}
    columns={() => [
      ['Day from', ({ bucket }) => <Time at={bucket} />],
      ['Active users', ({ active_users }) => count(active_users), 'figure'],
    ]}
  >
    {({ items }) => (
      <Chart
        label="Active users, a day each"
        zone={zone}
        times={items.map(({ bucket }) => Date.parse(bucket) / 1_000)}
        series={[{ label: 'Active users', values: items.map(({ active_users }) => active_users) }]}
      />
    )}
  </Figures>
);
