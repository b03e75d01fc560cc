import type {
  ConsumerOperations,
  Operations,
  TopicState,
} from '../../../server/operations/read-operations.ts';
import { count, duration, many } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { ServicesPanel } from '../now/services-panel.tsx';
import { ConfigurationPanel } from './configuration.tsx';
import { type Behind, behindOf, isDrifting, totalOf } from './lag.ts';

const everyMs = 3_000;

/** What runs, how far it is, and with which settings. */
export const OperationsView = () => {
  const loaded = useLoad<Operations>('/api/operations', { everyMs });
  return (
    <View
      title="Operations"
      lead="What runs, how far every consumer is with what is in Kafka, and what it was started with."
    >
      <ServicesPanel />
      <LoadedPart loaded={loaded} what="the consumers">
        {({ consumers, topics }) => (
          <>
            <Consumers consumers={consumers} />
            <Rebuilds consumers={consumers} />
            <Topics topics={topics} />
          </>
        )}
      </LoadedPart>
      <ConfigurationPanel />
    </View>
  );
};

interface Row extends Behind {
  service: string;
  topic: string;
}

const Consumers = ({ consumers }: { consumers: readonly ConsumerOperations[] }) => {
  const rows: Row[] = consumers.flatMap(({ service, topics }) =>
    topics.map(({ topic, partitions }) => ({ service, topic, ...behindOf(partitions) })),
  );
  const silent = consumers.filter(({ problem }) => problem !== null);
  return (
    <Panel title="Consumers" note="how old the oldest event is that still waits">
      {silent.map(({ service, problem }) => (
        <p key={service} class="warn small">
          {service} does not say how far it is: {problem}
        </p>
      ))}
      <Table
        label="List of consumers"
        rows={rows}
        keyOf={({ service, topic }) => `${service} ${topic}`}
        columns={[
          ['Consumer', ({ service }) => service],
          ['Topic', ({ topic }) => topic],
          ['State', (row) => <StateTag row={row} />],
          ['Behind', ({ behindMs }) => (behindMs === null ? '–' : duration(behindMs)), 'figure'],
          ['Waiting', ({ behind }) => (behind === null ? '–' : count(behind)), 'figure'],
          ['Partitions', ({ partitions }) => count(partitions), 'extra figure'],
          ['Moved', ({ movedAt }) => <Time at={movedAt} as="ago" />, 'extra'],
        ]}
      />
      <p class="muted small">
        Orders have no numbers, so product keeps no position of that topic: its lag is under Now.
      </p>
    </Panel>
  );
};

const StateTag = ({ row }: { row: Row }) => {
  if (row.isRebuilding) return <span class="tag warn">building again</span>;
  if (row.behind === null) return <span class="tag">not known</span>;
  return row.behind === 0 ? <span class="tag good">caught up</span> : <span class="tag">applying</span>;
};

const Rebuilds = ({ consumers }: { consumers: readonly ConsumerOperations[] }) => (
  <Panel title="Rebuild" note="tables made from events alone can be built again from Kafka">
    <Table
      label="List of rebuilds"
      rows={consumers.filter(({ service }) => service === 'recommendation' || service === 'analytics')}
      keyOf={({ service }) => service}
      columns={[
        ['Tables of', ({ service }) => service],
        [
          'Built',
          ({ generation }) =>
            generation === null ? '–' : generation === 1 ? 'once' : many(generation, 'time'),
        ],
        ['Progress', (consumer) => <Progress consumer={consumer} />],
        ['Command', ({ service }) => <code>souk rebuild {service}</code>],
      ]}
    />
    <p class="muted small">
      A rebuild empties tables, so it is started where it first checks that Kafka still has every event: on
      the command line. Its progress is shown here, whoever started it.
    </p>
  </Panel>
);

const Progress = ({ consumer }: { consumer: ConsumerOperations }) => {
  const { done, total, isRebuilding } = totalOf(consumer);
  if (!isRebuilding) return <span class="muted">none under way</span>;
  return (
    <label class="progress">
      <span class="hidden">Events of {consumer.service} read again</span>
      <progress value={done} max={total} />
      <span>
        {count(done)} of {count(total)}
      </span>
    </label>
  );
};

const Topics = ({ topics }: { topics: readonly TopicState[] }) => (
  <Panel title="Topics" note="as Kafka has them, beside the contracts">
    <Table
      label="List of topics"
      rows={topics}
      keyOf={({ name }) => name}
      columns={[
        ['Topic', ({ name }) => <a href={`/events?mode=live&topic=${name}`}>{name}</a>],
        [
          'Partitions',
          ({ partitions, wanted_partitions }) =>
            partitions === null
              ? '–'
              : partitions === wanted_partitions
                ? count(partitions)
                : `${count(partitions)} of ${count(wanted_partitions)}`,
          'figure',
        ],
        ['Messages', ({ messages }) => count(messages), 'figure'],
        [
          'Kept for',
          ({ retention_ms }) => (retention_ms < 0 ? 'without limit' : duration(retention_ms)),
          'extra figure',
        ],
        [
          'State',
          (topic) =>
            topic.partitions === null ? (
              <span class="tag warn">not there yet</span>
            ) : isDrifting(topic) ? (
              <span class="tag bad">other partitions than the contracts say</span>
            ) : (
              <span class="tag good">as wanted</span>
            ),
        ],
      ]}
    />
    <p class="muted small">
      Messages are counted by offsets. <code>souk topics apply --check</code> compares every setting of a real
      Kafka.
    </p>
  </Panel>
);
