import type { ConsumerState, MeshState, ServiceState } from '../../../server/read-mesh.ts';

/** What flows now: differences of two states of the mesh. */
export interface MeshRates {
  /** Events a second. */
  published: number;
  services: ServiceRates[];
}

export interface ServiceRates {
  service: ServiceState['service'];
  /** HTTP requests a second. */
  requests: number;
  /** Messages to a topic, a second. */
  sent: Record<string, number>;
  consumers: ConsumerRates[];
}

export interface ConsumerRates {
  topic: string;
  applied: number;
  /** From the commit at the source to the commit in the projection, on average; undefined where nothing came. */
  freshnessMs: number | undefined;
}

const windowMs = 10_000;

/** The rates of the last ten seconds of these states, oldest first. */
export const ratesOf = (states: readonly MeshState[]): MeshRates => {
  const newest = states.at(-1);
  return newest
    ? ratesIn(states.filter(({ at }) => at >= newest.at - windowMs))
    : { published: 0, services: [] };
};

export const ratesBetween = (before: MeshState, now: MeshState): MeshRates => ratesIn([before, now]);

const ratesIn = (states: readonly MeshState[]): MeshRates => {
  const services = states.at(-1)?.services.map(({ service }) => serviceRates(service, states)) ?? [];
  const sent = services.flatMap((one) => Object.values(one.sent));
  return { services, published: sent.reduce((sum, rate) => sum + rate, 0) };
};

/**
 * Since the first of these states in which the same process answered as in the newest: counters of another one, such as
 * a second replica, or of the service before it was started again, say nothing about these.
 */
const serviceRates = (service: ServiceState['service'], states: readonly MeshState[]): ServiceRates => {
  const course = states.flatMap(({ at, services }) => {
    const state = services.find((one) => one.service === service);
    return state ? [{ at, state }] : [];
  });
  const newest = course.at(-1) as (typeof course)[number];
  const first = course.find(({ state }) => state.started_at === newest.state.started_at) ?? newest;
  const [before, now] = [first.state, newest.state];
  const seconds = (newest.at - first.at) / 1_000;
  const perSecond = (later = 0, earlier = 0) => (seconds > 0 ? (later - earlier) / seconds : 0);
  return {
    service,
    requests: perSecond(now.requests?.answered, before.requests?.answered),
    sent: Object.fromEntries(
      Object.entries(now.sent ?? {}).map(([topic, sent]) => [topic, perSecond(sent, before.sent?.[topic])]),
    ),
    consumers: (now.consumers ?? []).map((consumer) => {
      const earlier = before.consumers?.find(({ topic }) => topic === consumer.topic);
      return {
        topic: consumer.topic,
        applied: perSecond(consumer.applied, earlier?.applied),
        freshnessMs: freshnessMs(earlier, consumer),
      };
    }),
  };
};

const freshnessMs = (before: ConsumerState | undefined, now: ConsumerState): number | undefined => {
  const count = now.freshness.count - (before?.freshness.count ?? 0);
  const sum = now.freshness.sum - (before?.freshness.sum ?? 0);
  return count > 0 ? (Math.max(0, sum) / count) * 1_000 : undefined;
};

/** The mean of what several consumers measured, weighed by how much each applied. */
export const meanFreshnessMs = ({ services }: MeshRates): number | undefined => {
  const measured = services
    .flatMap(({ consumers }) => consumers)
    .flatMap(({ applied, freshnessMs }) => (freshnessMs === undefined ? [] : [{ applied, freshnessMs }]));
  const weight = measured.reduce((sum, { applied }) => sum + applied, 0);
  return weight > 0
    ? measured.reduce((sum, { applied, freshnessMs }) => sum + applied * freshnessMs, 0) / weight
    : undefined;
};
