import { dataOf, isApiError, souk } from '../../lib/api.ts';
import { count, percent } from '../../lib/format.ts';
import { setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Table } from '../../parts/table.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';

/** The figures of one experiment, by its name. */
export const ExperimentPanel = ({ name }: { name: string }) => {
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setParams({ experiment: String(form.get('experiment')).trim() });
  };
  return (
    <Panel title="Experiment" note="which variant of the recommendations sells more">
      <form class="row" onSubmit={look}>
        <label>
          Name, as in the setting EXPERIMENTS
          <input name="experiment" defaultValue={name} />
        </label>
        <button type="submit">Look</button>
      </form>
      {name !== '' && <Figures key={name} name={name} />}
    </Panel>
  );
};

const Figures = ({ name }: { name: string }) => {
  const loaded = useLoad(
    (signal) =>
      dataOf(
        souk.analytics.GET('/api/v1/analytics/experiments/{name}', { params: { path: { name } }, signal }),
      ),
    `experiment ${name}`,
    { everyMs: 15_000 },
  );
  if (isApiError(loaded.error) && loaded.error.status === 404)
    return (
      <p class="empty">
        No experiment is called so. They are set by EXPERIMENTS of recommendation and analytics.
      </p>
    );
  return (
    <LoadedPart loaded={loaded} what="the experiment">
      {({ variants }) => (
        <Table
          label={`Variants of ${name}`}
          rows={variants}
          keyOf={({ variant }) => variant}
          columns={[
            { title: 'Variant', cell: ({ variant }) => variant },
            { title: 'Users', isFigure: true, cell: ({ users }) => count(users) },
            { title: 'Clicked', isFigure: true, cell: ({ click_rate }) => interval(click_rate) },
            { title: 'Bought', isFigure: true, cell: ({ purchase_rate }) => interval(purchase_rate) },
            {
              title: 'Difference in buying',
              isFigure: true,
              cell: ({ purchase_rate_difference: found }) =>
                found === null
                  ? '–'
                  : `${signed(found.difference)} (${signed(found.low)} to ${signed(found.high)})`,
            },
          ]}
        />
      )}
    </LoadedPart>
  );
};

/** A rate with its 95 % interval. */
const interval = (found: { rate: number; low: number; high: number } | null): string =>
  found === null ? '–' : `${percent(found.rate)} (${percent(found.low)} to ${percent(found.high)})`;

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
