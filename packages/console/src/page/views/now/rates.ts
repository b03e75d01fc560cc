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
  const first = states.find(({ at }) => newest && at >= newest.at - windowMs);
  if (!newest || !first) return { published: 0, services: [] };
  return ratesBetween(first, newest);
};

export const ratesBetween = (before: MeshState, now: MeshState): MeshRates => {
  const seconds = (now.at - before.at) / 1_000;
  const services = now.services.map((state) =>
    serviceRates(
      before.services.find(({ service }) => service === state.service),
      state,
      seconds,
    ),
  );
  const sent = services.flatMap((service) => Object.values(service.sent));
  return { services, published: sent.reduce((sum, rate) => sum + rate, 0) };
};

const serviceRates = (before: ServiceState | undefined, now: ServiceState, seconds: number): ServiceRates => {
  const perSecond = (later: number, earlier: number) => (seconds > 0 ? grown(later, earlier) / seconds : 0);
  return {
    service: now.service,
    requests: perSecond(now.requests?.answered ?? 0, before?.requests?.answered ?? 0),
    sent: Object.fromEntries(
      Object.entries(now.sent ?? {}).map(([topic, sent]) => [
        topic,
        perSecond(sent, before?.sent?.[topic] ?? 0),
      ]),
    ),
    consumers: (now.consumers ?? []).map((consumer) => {
      const earlier = before?.consumers?.find(({ topic }) => topic === consumer.topic);
      return {
        topic: consumer.topic,
        applied: perSecond(consumer.applied, earlier?.applied ?? 0),
        freshnessMs: freshnessMs(earlier, consumer),
      };
    }),
  };
};

/** A counter that is below what it was has begun again at 0, with its process. */
const grown = (now: number, before: number): number => (now >= before ? now - before : now);

const freshnessMs = (before: ConsumerState | undefined, now: ConsumerState): number | undefined => {
  const hasBegunAgain = before === undefined || now.freshness.count < before.freshness.count;
  const count = now.freshness.count - (hasBegunAgain ? 0 : before.freshness.count);
  const sum = now.freshness.sum - (hasBegunAgain ? 0 : before.freshness.sum);
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
