import { dataOf, souk } from '../../lib/api.ts';
import { count } from '../../lib/format.ts';
import { localTime } from '../../lib/time.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Chart, type Series } from '../../parts/chart.tsx';
import { Figures } from '../../parts/figures.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart } from '../../parts/view.tsx';
import { queryOf, seriesRange, type Window } from './ranges.ts';

const refreshMs = 15_000;
const typesMax = 5;
const seriesPath = '/api/v1/analytics/events';
const activePath = '/api/v1/analytics/users/active';

/** Activities by type over time. */
export const Activity = ({ window, zone }: { window: Window; zone: string }) => {
  const query = seriesRange(window, zone);
  const loaded = useLoad(
    (signal) =>
      dataOf(souk.analytics.GET(seriesPath, { params: { query: seriesRange(window, zone) }, signal })),
    `activity ${window} ${zone}`,
    { everyMs: refreshMs },
  );
  return (
    <LoadedPart loaded={loaded} what="the activities">
      {({ items, granularity }) => {
        const types = frequentTypes(items);
        const columns: Column<Bucket>[] = [
          { title: 'From', cell: ({ bucket }) => <Time at={bucket} /> },
          ...types.map((type) => ({
            title: wordsOf(type),
            isFigure: true,
            cell: ({ events }: Bucket) => count(events[type] ?? 0),
          })),
          { title: 'All', isFigure: true, cell: ({ events_total }) => count(events_total) },
        ];
        return (
          <Figures
            title="Activities"
            note={`a ${granularity} each, in ${zone}`}
            csv={`/api/analytics${seriesPath}?${queryOf({ ...query })}`}
            table={() => (
              <Table label="Activities" columns={columns} rows={items} keyOf={({ bucket }) => bucket} />
            )}
          >
            {types.length === 0 ? (
              <p class="empty">Nobody did anything in this time range.</p>
            ) : (
              <Chart
                label={`Activities by type, a ${granularity} each`}
                zone={zone}
                times={items.map(({ bucket }) => Date.parse(bucket) / 1_000)}
                series={types.map(
                  (type): Series => ({
                    label: wordsOf(type),
                    values: items.map(({ events }) => events[type] ?? 0),
                  }),
                )}
              />
            )}
          </Figures>
        );
      }}
    </LoadedPart>
  );
};

interface Bucket {
  bucket: string;
  events: Record<string, number>;
  events_total: number;
}

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
export const ActiveUsers = ({ zone }: { zone: string }) => {
  const query = { granularity: 'day', timezone: zone } as const;
  const loaded = useLoad(
    (signal) => dataOf(souk.analytics.GET(activePath, { params: { query }, signal })),
    `active ${zone}`,
    { everyMs: refreshMs * 2 },
  );
  return (
    <LoadedPart loaded={loaded} what="the active users">
      {({ items }) => (
        <Figures
          title="Active users"
          note={`a day each, in ${zone}`}
          csv={`/api/analytics${activePath}?${queryOf(query)}`}
          table={() => (
            <Table
              label="Active users"
              rows={items}
              keyOf={({ bucket }) => bucket}
              columns={[
                { title: 'Day from', cell: ({ bucket }) => <Time at={bucket} /> },
                { title: 'Active users', isFigure: true, cell: ({ active_users }) => count(active_users) },
              ]}
            />
          )}
        >
          <Chart
            label={`Active users a day, from ${localTime(items[0]?.bucket ?? 0)}`}
            zone={zone}
            times={items.map(({ bucket }) => Date.parse(bucket) / 1_000)}
            series={[{ label: 'Active users', values: items.map(({ active_users }) => active_users) }]}
          />
        </Figures>
      )}
    </LoadedPart>
  );
};
