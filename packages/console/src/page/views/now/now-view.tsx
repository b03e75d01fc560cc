import type { ConsumerState, MeshState } from '../../../server/read-mesh.ts';
import { count, duration, perSecond } from '../../lib/format.ts';
import { paused } from '../../lib/live.ts';
import { viewerZone } from '../../lib/time.ts';
import { Chart } from '../../parts/chart.tsx';
import { Stat, Stats } from '../../parts/stats.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty, Panel, View } from '../../parts/view.tsx';
import { meshStates } from '../../shell/mesh.ts';
import { Flow } from './flow.tsx';
import { type MeshRates, meanFreshnessMs, ratesBetween, ratesOf } from './rates.ts';
import { ServicesPanel } from './services-panel.tsx';
import { ShoppersButton } from './shoppers.tsx';

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
          <Published states={states} />
          <ServicesPanel />
          <ConsumerTable state={state} rates={rates} />
        </>
      )}
    </View>
  );
};

const someOnly = 'of the services that answer';

const Figures = ({ state, rates }: { state: MeshState; rates: MeshRates }) => {
  const fresh = meanFreshnessMs(rates);
  const outboxes = state.services.flatMap(({ outbox }) => outbox ?? []);
  const consumers = state.services.flatMap(({ consumers: found = [] }) => found);
  const waiting = sum(outboxes, ({ pending }) => pending);
  const oldest = Math.max(0, ...outboxes.map(({ oldest_age_seconds }) => oldest_age_seconds));
  const behind = sum(consumers, ({ lag }) => lag ?? 0);
  const dead = sum(consumers, ({ dead_lettered }) => dead_lettered);
  // A service that does not answer this viewer has figures too: they are only not known.
  const isWhole = state.services.every(({ requests }) => requests !== undefined);
  const knownFrom = (answers: readonly unknown[], figure: string) => (answers.length > 0 ? figure : '–');
  return (
    <Stats>
      <Stat
        name="Published"
        value={knownFrom(outboxes, perSecond(rates.published))}
        unit="events/s"
        note={isWhole ? 'by all services together' : someOnly}
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
        value={knownFrom(outboxes, count(waiting))}
        unit="events"
        note={
          waiting > 0
            ? `the oldest waits for ${duration(oldest * 1_000)}`
            : isWhole
              ? 'all is published'
              : someOnly
        }
        tone={oldest > 10 ? 'bad' : undefined}
      />
      <Stat
        name="Behind"
        value={knownFrom(consumers, count(behind))}
        unit="messages"
        note={isWhole ? 'published, and not applied yet' : someOnly}
      />
      <Stat
        name="Dead letters"
        value={knownFrom(consumers, count(dead))}
        note={<a href="/dead-letters">since the services started</a>}
        tone={dead > 0 ? 'warn' : undefined}
      />
    </Stats>
  );
};

/** A retry topic is there for repaired messages: mostly it is empty. */
const isShown = ({ topic, applied, lag, dead_lettered }: ConsumerState): boolean =>
  !topic.endsWith('.retry') || applied + (lag ?? 0) + dead_lettered > 0;

type ConsumerRow = ConsumerState & { service: string; rate: number; freshnessMs: number | undefined };

/** Over the last three minutes of this page. */
const Published = ({ states }: { states: readonly MeshState[] }) => {
  const rates = states.slice(1).map((state, index) => ratesBetween(states[index] as MeshState, state));
  return (
    <Panel title="Published" note="events/s of all services, in the last three minutes">
      <Chart
        label="Events published a second"
        zone={viewerZone}
        times={states.slice(1).map(({ at }) => at / 1_000)}
        series={[{ label: 'Events/s', values: rates.map(({ published }) => published) }]}
        format={perSecond}
      />
    </Panel>
  );
};

const ConsumerTable = ({ state, rates }: { state: MeshState; rates: MeshRates }) => {
  const rows = state.services.flatMap(({ service, consumers = [] }): ConsumerRow[] =>
    consumers.filter(isShown).map((consumer) => {
      const now = rates.services
        .find((one) => one.service === service)
        ?.consumers.find(({ topic }) => topic === consumer.topic);
      return { ...consumer, service, rate: now?.applied ?? 0, freshnessMs: now?.freshnessMs };
    }),
  );
  const columns: Column<ConsumerRow>[] = [
    ['Service', ({ service }) => service],
    ['Topic', ({ topic }) => topic],
    ['Applied/s', ({ rate }) => perSecond(rate), 'figure'],
    [
      'Fresh within',
      ({ freshnessMs }) => (freshnessMs === undefined ? '–' : duration(freshnessMs)),
      'figure',
    ],
    ['Behind', ({ lag }) => (lag === null ? '–' : count(lag)), 'figure'],
    ['Applied', ({ applied }) => count(applied), 'extra figure'],
    ['Repeats skipped', ({ repeated }) => count(repeated), 'extra figure'],
    ['Dead letters', ({ dead_lettered }) => count(dead_lettered), 'figure'],
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
