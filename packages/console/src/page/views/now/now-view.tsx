import { bytes, count, duration, many, perSecond } from '../../lib/format.ts';
import { paused } from '../../lib/live.ts';
import { Stat, Stats } from '../../parts/stats.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty, Panel, View } from '../../parts/view.tsx';
import { meshStates } from '../../shell/mesh.ts';
import type { ConsumerState, MeshState, ServiceState } from '../../shell/mesh-state.ts';
import { Flow } from './flow.tsx';
import { type MeshRates, meanFreshnessMs, ratesOf } from './rates.ts';
import { ShoppersButton } from './shoppers.tsx';
import { Trace } from './trace.tsx';

/** What flows through the mesh at this moment. */
export const NowView = () => {
  const states = meshStates.value;
  const state = states.at(-1);
  const rates = ratesOf(states);
  return (
    <View
      title="Now"
      lead="How events flow through the shop: rates over the last ten seconds, and how long it takes until a change is seen everywhere."
      actions={<ShoppersButton />}
    >
      {state === undefined ? (
        <Empty>Asking the services…</Empty>
      ) : (
        <>
          <Figures state={state} rates={rates} />
          <Panel title="Flow of events" note={paused.value ? 'paused' : 'read every 2 s'}>
            <Flow state={state} rates={rates} />
          </Panel>
          <Trace states={states} />
          <ServiceTable state={state} rates={rates} />
          <ConsumerTable state={state} rates={rates} />
        </>
      )}
    </View>
  );
};

const Figures = ({ state, rates }: { state: MeshState; rates: MeshRates }) => {
  const fresh = meanFreshnessMs(rates);
  const waiting = sum(state.services, ({ outbox }) => outbox?.pending ?? 0);
  const oldest = Math.max(0, ...state.services.map(({ outbox }) => outbox?.oldest_age_seconds ?? 0));
  const behind = sum(state.services, ({ consumers = [] }) => sum(consumers, ({ lag }) => lag ?? 0));
  const dead = sum(state.services, ({ consumers = [] }) =>
    sum(consumers, ({ dead_lettered }) => dead_lettered),
  );
  return (
    <Stats>
      <Stat
        name="Published"
        value={perSecond(rates.published)}
        unit="events/s"
        note="by all services together"
      />
      <Stat
        name="Fresh within"
        value={fresh === undefined ? '–' : duration(fresh)}
        note={
          fresh === undefined
            ? 'nothing changed in the last 10 s'
            : 'from the commit to its effect, on average'
        }
      />
      <Stat
        name="Outbox backlog"
        value={count(waiting)}
        unit="events"
        note={waiting === 0 ? 'all is published' : `the oldest waits for ${duration(oldest * 1_000)}`}
        tone={oldest > 10 ? 'bad' : undefined}
      />
      <Stat name="Behind" value={count(behind)} unit="messages" note="published, and not applied yet" />
      <Stat
        name="Dead letters"
        value={count(dead)}
        note={<a href="/dead-letters">since the services started</a>}
        tone={dead > 0 ? 'warn' : undefined}
      />
    </Stats>
  );
};

interface TableProps {
  state: MeshState;
  rates: MeshRates;
}

const ServiceTable = ({ state, rates }: TableProps) => {
  const ratesFor = ({ service }: ServiceState) => rates.services.find((one) => one.service === service);
  const columns: Column<ServiceState>[] = [
    { title: 'Service', cell: ({ service }) => service },
    { title: 'State', cell: ({ status }) => <span class={`tag ${tones[status]}`}>{words[status]}</span> },
    { title: 'Requests/s', isFigure: true, cell: (row) => perSecond(ratesFor(row)?.requests ?? 0) },
    {
      title: 'Failed',
      isFigure: true,
      isExtra: true,
      cell: ({ requests }) => (requests ? many(requests.failed, 'answer') : '–'),
    },
    { title: 'Outbox', isFigure: true, cell: ({ outbox }) => (outbox ? count(outbox.pending) : '–') },
    {
      title: 'Relay',
      isExtra: true,
      cell: ({ outbox }) => (outbox ? (outbox.leader ? 'publishes' : 'stands by') : '–'),
    },
    {
      title: 'Memory',
      isFigure: true,
      isExtra: true,
      cell: ({ memory_bytes }) => (memory_bytes === undefined ? '–' : bytes(memory_bytes)),
    },
    {
      title: 'Runs since',
      isFigure: true,
      cell: ({ uptime_seconds }) => (uptime_seconds === undefined ? '–' : duration(uptime_seconds * 1_000)),
    },
    { title: 'Version', isExtra: true, cell: ({ version }) => version ?? '–' },
  ];
  return (
    <Panel title="Services">
      <Table label="Services" columns={columns} rows={state.services} keyOf={({ service }) => service} />
    </Panel>
  );
};

const words = {
  ok: 'well',
  degraded: 'degraded',
  down: 'down',
  unreachable: 'no answer',
  hidden: 'hidden',
} as const;
const tones = { ok: 'good', degraded: 'warn', down: 'bad', unreachable: 'bad', hidden: '' } as const;

/** A retry topic is there for repaired messages: mostly it is empty. */
const isShown = ({ topic, applied, lag, dead_lettered }: ConsumerState): boolean =>
  !topic.endsWith('.retry') || applied + (lag ?? 0) + dead_lettered > 0;

type ConsumerRow = ConsumerState & { service: string; rate: number; freshnessMs: number | undefined };

const ConsumerTable = ({ state, rates }: TableProps) => {
  const rows = state.services.flatMap(({ service, consumers = [] }): ConsumerRow[] =>
    consumers.filter(isShown).map((consumer) => {
      const now = rates.services
        .find((one) => one.service === service)
        ?.consumers.find(({ topic }) => topic === consumer.topic);
      return { ...consumer, service, rate: now?.applied ?? 0, freshnessMs: now?.freshnessMs };
    }),
  );
  const columns: Column<ConsumerRow>[] = [
    { title: 'Service', cell: ({ service }) => service },
    { title: 'Topic', cell: ({ topic }) => topic },
    { title: 'Applied/s', isFigure: true, cell: ({ rate }) => perSecond(rate) },
    {
      title: 'Fresh within',
      isFigure: true,
      cell: ({ freshnessMs }) => (freshnessMs === undefined ? '–' : duration(freshnessMs)),
    },
    { title: 'Behind', isFigure: true, cell: ({ lag }) => (lag === null ? '–' : count(lag)) },
    { title: 'Applied', isFigure: true, isExtra: true, cell: ({ applied }) => count(applied) },
    { title: 'Repeats skipped', isFigure: true, isExtra: true, cell: ({ repeated }) => count(repeated) },
    { title: 'Dead letters', isFigure: true, cell: ({ dead_lettered }) => count(dead_lettered) },
  ];
  return (
    <Panel title="Consumers" note="counted since each service started">
      <Table
        label="Consumers"
        columns={columns}
        rows={rows}
        keyOf={({ service, topic }) => `${service} ${topic}`}
      />
    </Panel>
  );
};

const sum = <T,>(items: readonly T[], figureOf: (item: T) => number): number =>
  items.reduce((total, item) => total + figureOf(item), 0);
