import { bytes, duration } from '../../lib/format.ts';
import { Table } from '../../parts/table.tsx';
import { Empty, Panel } from '../../parts/view.tsx';
import { meshStates } from '../../shell/mesh.ts';

/** Which version of each service runs, for how long, and what it depends on. */
export const Versions = () => {
  const state = meshStates.value.at(-1);
  return (
    <Panel title="Services">
      {!state ? (
        <Empty>Asking the services…</Empty>
      ) : (
        <Table
          label="List of services"
          rows={state.services}
          keyOf={({ service }) => service}
          columns={[
            { title: 'Service', cell: ({ service }) => service },
            {
              title: 'Status',
              cell: ({ status }) => <span class={`tag ${tones[status]}`}>{status}</span>,
            },
            { title: 'Version', cell: ({ version }) => version ?? '–' },
            {
              title: 'Up for',
              isFigure: true,
              cell: ({ uptime_seconds }) =>
                uptime_seconds === undefined ? '–' : duration(uptime_seconds * 1_000),
            },
            {
              title: 'Memory',
              isFigure: true,
              isExtra: true,
              cell: ({ memory_bytes }) => (memory_bytes === undefined ? '–' : bytes(memory_bytes)),
            },
            {
              title: 'Depends on',
              isExtra: true,
              cell: ({ dependencies = {}, problem }) =>
                problem ??
                Object.entries(dependencies)
                  .map(([name, { status, error }]) => `${name} ${status}${error ? ` (${error})` : ''}`)
                  .join(', '),
            },
          ]}
        />
      )}
    </Panel>
  );
};

const tones = { ok: 'good', degraded: 'warn', down: 'bad', unreachable: 'bad', hidden: '' } as const;
