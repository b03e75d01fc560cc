import type { ServiceName } from '@souk/contracts/services.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import { type Fault, notMet } from '../fault.ts';
import { sendPoison } from './poison.ts';

/** Kafka's numbers of requests. */
const produce = 0;
const offsetCommit = 8;
const untilMs = 10_000;

/** A process is killed at the moment between two steps, which shows in the bytes between it and Kafka. */
export const namedPointFaults: readonly Fault[] = [
  ...(['user', 'product'] as const).map(
    (name): Fault => ({
      name: `${name} is killed between publish and cursor`,
      claims: [name],
      start: (chaos) => killAt(chaos, name, 'answer', produce),
    }),
  ),
  ...(['analytics', 'recommendation'] as const).flatMap((name): Fault[] => [
    {
      name: `${name} is killed between dead letter and commit`,
      // A broker that is away takes no poison, and one that loses its log loses it.
      claims: [name, 'kafka', 'messages'],
      start: async (chaos) => {
        const [end] = await Promise.all([killAt(chaos, name, 'answer', produce), sendPoison(chaos)]);
        return end;
      },
    },
    {
      name: `${name} is killed between commit and offset`,
      claims: [name],
      start: (chaos) => killAt(chaos, name, 'request', offsetCommit),
    },
  ]),
];

/** Kills the process before the frame is passed on. */
const killAt = async (
  chaos: ChaosMesh,
  name: ServiceName,
  kind: 'request' | 'answer',
  api: number,
): Promise<() => Promise<void>> => {
  const { promise: met, resolve, reject } = Promise.withResolvers<void>();
  chaos.watchKafka(name, (kindNow, apiNow) => {
    if (kindNow !== kind || apiNow !== api) return;
    chaos.watchKafka(name, undefined);
    const [first] = chaos.replicas(name);
    if (first) resolve(chaos.end(first, 'SIGKILL'));
  });
  const late = setTimeout(() => {
    chaos.watchKafka(name, undefined);
    reject(Object.assign(new Error(`${name} had nothing to say to Kafka`), { code: notMet }));
  }, untilMs);
  await met.finally(() => clearTimeout(late));
  return async () => {
    if (chaos.replicas(name).length === 0) await chaos.start(name);
  };
};
