import { type Static, Type } from '@souk/contracts/typebox.ts';
import { inTime } from '../timeout.ts';

const DependencyState = Type.Object(
  {
    status: Type.Enum(['ok', 'down']),
    latency_ms: Type.Optional(
      Type.Number({ minimum: 0, description: 'how long the check took; of one that is ok' }),
    ),
    error: Type.Optional(
      Type.String({ description: 'a code, such as ECONNREFUSED, KAFKA or timeout; of one that is down' }),
    ),
    lag: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'messages that this replica has yet to apply, where it consumes',
      }),
    ),
    sequence_faults: Type.Optional(
      Type.Integer({ description: 'Kafka: events refused for their number since the process began' }),
    ),
    retrying: Type.Optional(
      Type.Boolean({ description: 'a failure holds a partition up and is tried again, where it consumes' }),
    ),
    relay: Type.Optional(
      Type.Enum(['leader', 'standby', 'waiting'], {
        description: 'whether this replica publishes the outbox, where there is one',
      }),
    ),
  },
  { additionalProperties: false },
);

export const HealthReport = Type.Object({
  status: Type.Enum(['ok', 'degraded', 'down']),
  service: Type.String(),
  version: Type.String(),
  uptime_seconds: Type.Number({ minimum: 0 }),
  waiting_for: Type.Optional(Type.String({ description: 'what the start is waiting for' })),
  dependencies: Type.Record(Type.String(), DependencyState, {
    description: 'by name: postgres, and what else the service needs, such as kafka, redis, outbox',
  }),
});

/** What a dependency's check may tell about it. */
type CheckDetails = Omit<Static<typeof DependencyState>, 'status' | 'latency_ms' | 'error'>;

export interface DependencyCheck {
  /** Rejects when the dependency cannot be used. Has a second; then it counts as down. */
  check(): Promise<CheckDetails | undefined> | Promise<void>;
  /** Down makes the whole service `down` (503) on /health; otherwise only `degraded` (200). */
  critical: boolean;
  /** Down takes the replica out of traffic: /ready answers 503. False unless given. */
  neededToServe?: boolean;
}

export type Health = ReturnType<typeof createHealth>;

const checkTimeoutMs = 1_000;

/**
 * The health of one service. /ready asks only for what an answer needs (started, Postgres): an owner without
 * Kafka still takes writes, which wait in its outbox, and taking it out of traffic would turn a broker's
 * outage into the shop's.
 */
export const createHealth = (service: string, version: string) => {
  const startedAt = performance.now();
  const checks = new Map<string, DependencyCheck>();
  let state: 'starting' | 'started' | 'stopping' = 'starting';
  let waitingFor: string | undefined;

  const run = async ([name, dependency]: [string, DependencyCheck]) =>
    [name, await outcome(dependency)] as const;

  return {
    /** Registers a dependency; its check runs for every /health, and for /ready when it is needed to serve. */
    dependency: (name: string, check: DependencyCheck): void => {
      if (checks.has(name)) throw new Error(`the dependency ${name} is registered already`);
      checks.set(name, check);
    },
    /** Says for what the start is waiting. */
    waitFor: (what: string): void => {
      waitingFor = what;
    },
    /** The start is complete: API routes answer from now on. */
    started: (): void => {
      if (state === 'starting') state = 'started';
      waitingFor = undefined;
    },
    /** The service is on its way out: not ready any more. */
    stopping: (): void => {
      state = 'stopping';
    },
    state: () => state,
    /** All checks, in parallel. */
    report: async (): Promise<Static<typeof HealthReport>> => {
      const outcomes = await Promise.all([...checks].map(run));
      const down = outcomes.filter(([, { status }]) => status === 'down').map(([name]) => name);
      const dead = state !== 'started' || down.some((name) => checks.get(name)?.critical);
      return {
        status: dead ? 'down' : down.length > 0 ? 'degraded' : 'ok',
        service,
        version,
        uptime_seconds: Math.round(performance.now() - startedAt) / 1000,
        ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
        dependencies: Object.fromEntries(outcomes),
      };
    },
    /** Whether traffic should come here, and otherwise why not. */
    readiness: async (): Promise<{ ready: true } | { ready: false; reason: string }> => {
      if (state === 'stopping') return { ready: false, reason: 'stopping' };
      if (state === 'starting') return { ready: false, reason: `waiting for ${waitingFor ?? 'the start'}` };
      const needed = [...checks].filter(([, { neededToServe }]) => neededToServe);
      const down = (await Promise.all(needed.map(run))).filter(([, { status }]) => status === 'down');
      if (down.length === 0) return { ready: true };
      return { ready: false, reason: `${down.map(([name]) => name).join(', ')} down` };
    },
  };
};

const outcome = async ({ check }: DependencyCheck): Promise<Static<typeof DependencyState>> => {
  const started = performance.now();
  try {
    const details = await inTime(check(), checkTimeoutMs, tookTooLong);
    return { status: 'ok', latency_ms: Math.round((performance.now() - started) * 10) / 10, ...details };
  } catch (error) {
    // The code alone: a driver's message may name hosts and roles.
    const { code } = (error ?? {}) as { code?: unknown };
    return { status: 'down', error: typeof code === 'string' ? code : 'unavailable' };
  }
};

const tookTooLong = () => Object.assign(new Error('the check took too long'), { code: 'timeout' });
