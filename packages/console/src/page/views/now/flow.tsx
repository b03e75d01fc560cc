import type { MeshState, ServiceState } from '../../../server/read-mesh.ts';
import { count, duration, perSecond } from '../../lib/format.ts';
import { useMedia } from '../../lib/use-media.ts';
import { type Box, curve, type FlowLayout, tallLayout, wideLayout } from './flow-layout.ts';
import type { MeshRates, ServiceRates } from './rates.ts';

interface FlowProps {
  state: MeshState;
  rates: MeshRates;
}

/** The way of events through the mesh as it is: who publishes on which topic, who applies it, and how much now. */
export const Flow = ({ state, rates }: FlowProps) => {
  const layout = useMedia('(min-width: 60rem)') ? wideLayout : tallLayout;
  return (
    <svg
      class="flow"
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="img"
      aria-label="Events flow from the services that publish them through topics to those that apply them; the tables below say the same in figures."
    >
      {edgesOf(state, rates).map((edge) => (
        <Edge key={`${edge.kind}${edge.service}${edge.topic}`} edge={edge} layout={layout} />
      ))}
      {Object.entries(layout.topics).map(([topic, box]) => (
        <Topic key={topic} topic={topic} box={box} />
      ))}
      {state.services.map((service) => {
        const box = layout.services[service.service];
        if (!box) return null;
        const rate = rates.services.find((one) => one.service === service.service);
        return <Service key={service.service} state={service} rates={rate} box={box} />;
      })}
    </svg>
  );
};

interface EdgeOf {
  kind: 'publishes' | 'applies';
  service: ServiceState['service'];
  topic: string;
  rate: number;
}

/** What is seen to publish and to apply; retry topics are left to the tables. */
const edgesOf = ({ services }: MeshState, rates: MeshRates): EdgeOf[] =>
  services.flatMap(({ service, sent = {}, consumers = [] }): EdgeOf[] => {
    const now = rates.services.find((one) => one.service === service);
    return [
      ...Object.keys(sent).map((topic) => ({
        kind: 'publishes' as const,
        service,
        topic,
        rate: now?.sent[topic] ?? 0,
      })),
      ...consumers.map(({ topic }) => ({
        kind: 'applies' as const,
        service,
        topic,
        rate: now?.consumers.find((one) => one.topic === topic)?.applied ?? 0,
      })),
    ];
  });

const Edge = ({ edge, layout }: { edge: EdgeOf; layout: FlowLayout }) => {
  const service = layout.services[edge.service];
  const topic = layout.topics[edge.topic];
  if (!service || !topic) return null;
  const [from, to] = edge.kind === 'publishes' ? [service, topic] : [topic, service];
  const strength = edge.rate > 0 ? 1.5 + Math.min(4, Math.log10(1 + edge.rate) * 1.6) : 1;
  return (
    <path
      class={edge.rate > 0 ? 'edge flows' : 'edge'}
      d={curve(from, to, layout.direction)}
      stroke-width={strength}
    />
  );
};

const Topic = ({ topic, box }: { topic: string; box: Box }) => (
  <g>
    <rect class="topic" {...box} rx={box.height / 2} />
    <text
      class="topic-name"
      x={box.x + box.width / 2}
      y={box.y + box.height / 2}
      dy="0.35em"
      text-anchor="middle"
    >
      {topic}
    </text>
  </g>
);

interface ServiceProps {
  state: ServiceState;
  rates: ServiceRates | undefined;
  box: Box;
}

const Service = ({ state, rates, box }: ServiceProps) => {
  const { service, status } = state;
  return (
    <g>
      <rect class={`service ${toneOf(status)}`} {...box} rx="10" />
      <circle class={`dot ${toneOf(status)}`} cx={box.x + 18} cy={box.y + 22} r="5" />
      <text class="service-name" x={box.x + 32} y={box.y + 27}>
        {service}
      </text>
      {linesOf(state, rates).map((line, index) => (
        <text key={line} class="service-line" x={box.x + 14} y={box.y + 52 + index * 19}>
          {line}
        </text>
      ))}
    </g>
  );
};

/** At most three lines under the name of a service. */
const linesOf = (state: ServiceState, rates: ServiceRates | undefined): string[] => {
  if (state.status === 'unreachable') return ['does not answer'];
  if (state.status === 'hidden') return ['not shown to your account'];
  if (state.waiting_for !== undefined) return ['is starting'];
  const { outbox } = state;
  const fresh = rates?.consumers.flatMap(({ freshnessMs }) => freshnessMs ?? []) ?? [];
  const applied = rates?.consumers.reduce((sum, consumer) => sum + consumer.applied, 0) ?? 0;
  return [
    `${perSecond(rates?.requests ?? 0)} requests/s`,
    outbox ? `${count(outbox.pending)} in the outbox` : `${perSecond(applied)} events/s applied`,
    outbox
      ? applied > 0
        ? `${perSecond(applied)} events/s applied`
        : ''
      : fresh.length > 0
        ? `fresh in ${duration(Math.max(...fresh))}`
        : 'nothing new to apply',
  ].filter((line) => line !== '');
};

const toneOf = (status: ServiceState['status']): string =>
  status === 'ok' ? 'good' : status === 'degraded' || status === 'hidden' ? 'warn' : 'bad';
