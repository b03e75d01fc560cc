import type { ServiceState } from '../../../server/read-mesh.ts';
import { bytes, count, duration, perSecond } from '../../lib/format.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty, Panel } from '../../parts/view.tsx';
import { meshStates } from '../../shell/mesh.ts';
import { ratesOf } from './rates.ts';

/** Which version of each service runs, for how long, what it does now, and what it depends on. */
export const ServicesPanel = () => {
  const state = meshStates.value.at(-1);
  return (
    <Panel title="Services">
      {state ? (
        <Table label="Services" columns={columns} rows={state.services} keyOf={({ service }) => service} />
      ) : (
        <Empty>Asking the services…</Empty>
      )}
    </Panel>
  );
};

const columns: Column<ServiceState>[] = [
  ['Service', ({ service }) => service],
  ['State', ({ status }) => <span class={`tag ${tones[status]}`}>{words[status]}</span>],
  ['Requests/s', (row) => perSecond(requestsOf(row)), 'figure'],
  ['Failed', ({ requests }) => (requests ? count(requests.failed) : '–'), 'extra figure'],
  ['Outbox', ({ outbox }) => (outbox ? count(outbox.pending) : '–'), 'figure'],
  ['Relay', ({ outbox }) => (outbox ? (outbox.leader ? 'publishes' : 'stands by') : '–'), 'extra'],
  ['Memory', ({ memory_bytes }) => (memory_bytes === undefined ? '–' : bytes(memory_bytes)), 'extra figure'],
  [
    'Up for',
    ({ uptime_seconds }) => (uptime_seconds === undefined ? '–' : duration(uptime_seconds * 1_000)),
    'figure',
  ],
  ['Version', ({ version }) => version ?? '–', 'extra'],
  ['Depends on', ({ problem, dependencies }) => problem ?? dependencyWords(dependencies), 'extra'],
];

const requestsOf = ({ service }: ServiceState): number =>
  ratesOf(meshStates.value).services.find((one) => one.service === service)?.requests ?? 0;

const dependencyWords = (dependencies: ServiceState['dependencies'] = {}): string => {
  const ailing = Object.entries(dependencies).filter(([, { status }]) => status !== 'ok');
  if (ailing.length > 0)
    return ailing.map(([name, { status, error }]) => `${name} ${error ?? status}`).join(', ');
  return Object.keys(dependencies).join(', ');
};

const words = {
  ok: 'well',
  degraded: 'degraded',
  down: 'down',
  unreachable: 'no answer',
  hidden: 'hidden',
} as const;
const tones = { ok: 'good', degraded: 'warn', down: 'bad', unreachable: 'bad', hidden: '' } as const;
