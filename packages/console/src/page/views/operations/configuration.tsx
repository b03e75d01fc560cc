import type { Configuration } from '../../../server/operations/operations-routes.ts';
import { many } from '../../lib/format.ts';
import { param } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Filter } from '../../parts/filter.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty, LoadedPart, Panel } from '../../parts/view.tsx';

/** What every service was started with, side by side. Secrets are hidden by the services themselves. */
export const ConfigurationPanel = () => {
  const loaded = useLoad<{ services: Configuration[] }>('/api/configuration');
  const wanted = param('setting').toUpperCase();
  return (
    <Panel title="Configuration" note="secrets are hidden by the services themselves">
      <div class="row">
        <Filter name="setting" label="Variables with" />
      </div>
      <LoadedPart loaded={loaded} what="the configuration">
        {({ services }) => {
          const names = [...new Set(services.flatMap(({ items = [] }) => items.map(({ name }) => name)))]
            .filter((name) => name.includes(wanted))
            .toSorted();
          return (
            <>
              {services.map(({ service, problem }) =>
                problem ? (
                  <p key={service} class="warn small">
                    {service}: {problem}
                  </p>
                ) : null,
              )}
              {names.length === 0 ? (
                <Empty>No service has such a variable.</Empty>
              ) : (
                <div class="limited">
                  <Table
                    label={many(names.length, 'variable')}
                    rows={names}
                    keyOf={(name) => name}
                    columns={[
                      ['Variable', (name) => <code class="name">{name}</code>],
                      ...services.flatMap(({ service, items }): Column<string>[] =>
                        items
                          ? [
                              [
                                service,
                                (name) => <Setting setting={items.find((one) => one.name === name)} />,
                              ],
                            ]
                          : [],
                      ),
                    ]}
                  />
                </div>
              )}
            </>
          );
        }}
      </LoadedPart>
    </Panel>
  );
};

const Setting = ({ setting }: { setting: NonNullable<Configuration['items']>[number] | undefined }) => {
  if (!setting) return <span class="muted">–</span>;
  return setting.value === null ? <span class="muted">hidden</span> : <code>{String(setting.value)}</code>;
};
