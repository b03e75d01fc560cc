import { addressOf } from '../../lib/address.ts';
import { count, percent } from '../../lib/format.ts';
import { Filter } from '../../parts/filter.tsx';
import { Table } from '../../parts/table.tsx';
import { Load, Panel } from '../../parts/view.tsx';

/** The figures of one experiment, by its name. */
export const ExperimentPanel = ({ name }: { name: string }) => (
  <Panel title="Experiment" note="which variant of the recommendations sells more">
    <div class="row">
      <Filter name="experiment" label="Name, as in the setting EXPERIMENTS" />
    </div>
    {name !== '' && <Variants key={name} name={name} />}
  </Panel>
);

const Variants = ({ name }: { name: string }) => (
  <Load
    from={addressOf('analytics', '/api/v1/analytics/experiments/{name}', { name })}
    everyMs={15_000}
    what="the experiment"
    gone="No experiment is called so. They are set by EXPERIMENTS of recommendation and analytics."
  >
    {({ variants }) => (
      <Table
        label={`Variants of ${name}`}
        rows={variants}
        keyOf={({ variant }) => variant}
        columns={[
          ['Variant', ({ variant }) => variant],
          ['Users', ({ users }) => count(users), 'figure'],
          ['Clicked', ({ click_rate }) => interval(click_rate), 'figure'],
          ['Bought', ({ purchase_rate }) => interval(purchase_rate), 'figure'],
          [
            'Difference in buying',
            ({ purchase_rate_difference: found }) =>
              found ? `${signed(found.difference)} (${signed(found.low)} to ${signed(found.high)})` : '–',
            'figure',
          ],
        ]}
      />
    )}
  </Load>
);

/** A rate with its 95 % interval. */
const interval = (found: { rate: number; low: number; high: number } | null): string =>
  found === null ? '–' : `${percent(found.rate)} (${percent(found.low)} to ${percent(found.high)})`;

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
