import { dataOf, souk } from '../../lib/api.ts';
import { count, percent } from '../../lib/format.ts';
import { localDay } from '../../lib/time.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Figures } from '../../parts/figures.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart } from '../../parts/view.tsx';

const path = '/api/v1/analytics/cohorts';
const weeks = 8;

interface CohortWeek {
  cohort: string;
  cohort_users: number;
  week: string;
  weeks_later: number;
  active_users: number;
  rate: number | null;
}

/** How many of the users of each week came back in the weeks after. */
export const Cohorts = () => {
  const loaded = useLoad(
    (signal) => dataOf(souk.analytics.GET(path, { params: { query: { weeks } }, signal })),
    'cohorts',
    { everyMs: 60_000 },
  );
  return (
    <LoadedPart loaded={loaded} what="the cohorts">
      {({ items }) => (
        <Figures
          title="Cohorts"
          note="by the week of the first activity: how many came back"
          csv={`/api/analytics${path}?weeks=${weeks}`}
          table={() => (
            <Table
              label="Cohorts"
              rows={items.filter(({ cohort_users }) => cohort_users > 0)}
              keyOf={({ cohort, week }) => `${cohort} ${week}`}
              columns={[
                { title: 'Cohort', cell: ({ cohort }) => <Time at={cohort} /> },
                { title: 'Its users', isFigure: true, cell: ({ cohort_users }) => count(cohort_users) },
                { title: 'Weeks later', isFigure: true, cell: ({ weeks_later }) => weeks_later },
                { title: 'Active', isFigure: true, cell: ({ active_users }) => count(active_users) },
                { title: 'Rate', isFigure: true, cell: ({ rate }) => (rate === null ? '–' : percent(rate)) },
              ]}
            />
          )}
        >
          <CohortGrid items={items} />
        </Figures>
      )}
    </LoadedPart>
  );
};

const CohortGrid = ({ items }: { items: readonly CohortWeek[] }) => {
  const cohorts = [...Map.groupBy(items, ({ cohort }) => cohort)].filter(
    ([, found]) => (found[0]?.cohort_users ?? 0) > 0,
  );
  if (cohorts.length === 0) return <p class="empty">Nobody has been active yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section class="table-scroll" tabIndex={0}>
      <table class="cohorts">
        <caption class="hidden">How many of each cohort came back</caption>
        <thead>
          <tr>
            <th scope="col">Week of</th>
            <th scope="col" class="figure">
              Users
            </th>
            {Array.from({ length: weeks }, (_, week) => (
              <th key={`week ${week}`} scope="col" class="figure">
                {week === 0 ? 'Same' : `+${week}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map(([cohort, found]) => (
            <tr key={cohort}>
              <th scope="row">{localDay(cohort)}</th>
              <td class="figure">{count(found[0]?.cohort_users ?? 0)}</td>
              {Array.from({ length: weeks }, (_, week) => (
                <CohortCell key={`week ${week}`} of={found.find(({ weeks_later }) => weeks_later === week)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

const CohortCell = ({ of }: { of: CohortWeek | undefined }) =>
  of === undefined ? (
    <td />
  ) : (
    <td class="figure" style={{ background: shade(of.rate ?? 0) }} title={`${count(of.active_users)} users`}>
      {of.rate === null ? '–' : percent(of.rate)}
    </td>
  );

/** The more came back, the more accent; never so much that the figure is hard to read. */
const shade = (rate: number): string =>
  `color-mix(in srgb, var(--accent) ${Math.round(rate * 28)}%, var(--surface))`;
