import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { count, percent } from '../../lib/format.ts';
import { localDay } from '../../lib/time.ts';
import { Figures } from '../../parts/figures.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty } from '../../parts/view.tsx';

const path = '/api/v1/analytics/cohorts';
const weeks = 8;
/** A week begins at midnight of the shop: at its noon it is the same day for viewers of nearly every other zone. */
const noonMs = 12 * 3_600_000;
type CohortWeek = AnswerTo<'analytics', typeof path>['items'][number];

/** How many of the users of each week came back in the weeks after. */
export const Cohorts = () => (
  <Figures
    title="Cohorts"
    what="the cohorts"
    note="by the week of the first activity: how many came back"
    from={addressOf('analytics', path, { weeks })}
    everyMs={60_000}
    rows={({ items }) => items.filter(({ cohort_users }) => cohort_users > 0)}
    columns={() => [
      ['Cohort', ({ cohort }) => <Time at={cohort} />],
      ['Its users', ({ cohort_users }) => count(cohort_users), 'figure'],
      ['Weeks later', ({ weeks_later }) => weeks_later, 'figure'],
      ['Active', ({ active_users }) => count(active_users), 'figure'],
      ['Rate', ({ rate }) => percent(rate), 'figure'],
    ]}
  >
    {({ items }) => <CohortGrid items={items} />}
  </Figures>
);

const CohortGrid = ({ items }: { items: readonly CohortWeek[] }) => {
  const cohorts = [...Map.groupBy(items, ({ cohort }) => cohort).values()].filter(
    ([first]) => first && first.cohort_users > 0,
  );
  if (cohorts.length === 0) return <Empty>Nobody has been active yet.</Empty>;
  return (
    <Table
      label="How many of each cohort came back"
      rows={cohorts}
      keyOf={([first]) => first?.cohort ?? ''}
      columns={[
        ['Week of', ([first]) => first && localDay(Date.parse(first.cohort) + noonMs)],
        ['Users', ([first]) => count(first?.cohort_users ?? 0), 'figure'],
        ...Array.from(
          { length: weeks },
          (_, week): Column<CohortWeek[]> => [
            week === 0 ? 'Same' : `+${week}`,
            (cohort) => <Share of={cohort.find(({ weeks_later }) => weeks_later === week)} />,
            'figure',
          ],
        ),
      ]}
    />
  );
};

/** The more came back, the more accent; never so much that the figure is hard to read. */
const Share = ({ of }: { of: CohortWeek | undefined }) =>
  of === undefined ? null : (
    <span
      class="shade"
      style={{ background: `color-mix(in srgb, var(--accent) ${(of.rate ?? 0) * 28}%, var(--surface))` }}
      title={`${count(of.active_users)} users`}
    >
      {percent(of.rate)}
    </span>
  );
