import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createDurations, type Durations } from './durations.ts';

/** From half a millisecond to ten seconds: what a request or a statement can take. */
export const durationBucketsSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * The metrics of one service. Asking twice for a name gives the same metric, so that modules share it; asking
 * for it as another kind or with other labels throws. Label values must come from closed sets.
 */
export interface Metrics {
  registry: Registry;
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** `buckets` are upper bounds in the metric's unit; 0.5 ms to 10 s without them. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    buckets?: number[],
  ): Histogram<L>;
  /** A histogram, 0.5 ms to 10 s, for what every request and statement does. */
  durations<L extends string = never>(name: string, help: string, labels?: readonly L[]): Durations<L>;
}

/** Calls `collect` before each look at a metric, to bring it up to date; after those of earlier calls. */
export const whenCollected = (metric: Counter<string> | Gauge<string>, collect: () => void): void => {
  const { collect: earlier } = metric as { collect?: () => void };
  const collectAll = () => {
    earlier?.();
    collect();
  };
  Object.assign(metric, { collect: collectAll });
};

/** A registry of its own with Node's default metrics; every metric carries the label `service`. */
export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const labelsOf = new Map<string, string>();

  const getOrCreate = <M>(kind: string, name: string, labels: readonly string[], create: () => M): M => {
    const signature = `${kind}(${[...labels].sort().join(',')})`;
    const before = labelsOf.get(name);
    if (before === undefined) {
      labelsOf.set(name, signature);
      return create();
    }
    if (before !== signature) throw new Error(`metric ${name} is ${before}, not ${signature}`);
    return registry.getSingleMetric(name) as M;
  };

  const described = <L extends string>(name: string, help: string, labels: readonly L[]) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });

  return {
    registry,
    counter: (name, help, labels = []) =>
      getOrCreate('counter', name, labels, () => new Counter(described(name, help, labels))),
    gauge: (name, help, labels = []) =>
      getOrCreate('gauge', name, labels, () => new Gauge(described(name, help, labels))),
    histogram: (name, help, labels = [], buckets = durationBucketsSeconds) =>
      getOrCreate(
        'histogram',
        name,
        labels,
        () => new Histogram({ ...described(name, help, labels), buckets }),
      ),
    durations: (name, help, labels = []) =>
      getOrCreate('durations', name, labels, () =>
        createDurations(registry, { name, help, labels, bounds: durationBucketsSeconds }),
      ),
  };
};
