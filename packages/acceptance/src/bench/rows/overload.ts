import { randomUUID } from 'node:crypto';
import type { Row } from '../climb.ts';
import type { UsersPlace } from '../ladders/users.ts';
import {
  type Kind,
  type KindResult,
  type MixedLoad,
  type MixedResult,
  sendMixed,
} from '../load/mixed-load.ts';
import { slowSockets } from '../load/slow-sockets.ts';
import { type Figure, formatNumber, quantile } from '../report/figure.ts';
import { partProcessors } from '../stack/processors.ts';

const batchSize = 100;
const capacityMs = 4_000;
const overloadMs = 10_000;
const times = 4;
const timeMaxMs = 500;
/** What decides about traffic looks less often. */
const look = { path: '/live', perSecond: 4 };
const slowCount = 2_000;
const slowSecondsMax = 15;
/** Of each of the four kinds, so that all are fewer than a service takes. */
const connections = 200;

/** Four times what the service can do, open loop: who waits how long, and what is refused. */
export const overload: Row<UsersPlace> = {
  name: 'overload',
  work: `${times} × the capacity of the user service, of 100 requests 40 batches of ${batchSize}`,
  measure: async (place) => {
    const parted = partProcessors();
    try {
      return await measure(place, parted ? `of processors ${parted.theirs}` : 'of all processors, shared');
    } finally {
      parted?.reunite();
    }
  },
};

const measure = async ({ world, ids }: UsersPlace, processors: string): Promise<Figure[]> => {
  const { url } = world.service('user');
  const load: MixedLoad = { origin: url, kinds: kindsOf(ids), connections: 16, durationMs: capacityMs };
  await sendMixed(load);
  const perSecond = rateOf(await sendMixed(load), capacityMs);
  const { kinds, looks, generator } = await sendMixed({
    ...load,
    ...{ connections, durationMs: overloadMs, perSecond: times * perSecond, look },
  });
  const goneSeconds = await slowSockets(url, slowCount);
  return [
    { label: 'capacity', unit: '/s', value: perSecond, detail: processors },
    {
      ...{ label: 'generator, p99 of its lateness', unit: 'ms', value: generator.lateP99Ms },
      detail: `event loop ${formatNumber(generator.eventLoopDelayP99Ms)} ms, ${Math.round(100 * generator.processorShare)} % of a processor`,
    },
    { label: '/live, p99', unit: 'ms', value: quantile(looks, 0.99), goal: { atMost: timeMaxMs } },
    ...Object.entries(kinds).flatMap(([name, result]) => figuresOf(name, result)),
    {
      ...{
        label: `${formatNumber(slowCount)} slow connections, ended after`,
        unit: 's',
        value: goneSeconds,
      },
      goal: { atMost: slowSecondsMax },
    },
  ];
};

const figuresOf = (name: string, { answered, refused, p50Ms, p99Ms }: KindResult): Figure[] => [
  {
    ...{ label: `${name}, refused`, unit: 'ratio', value: refused / (answered + refused) },
    ...(name !== 'batches' && { goal: { atMost: 0 } }),
    detail: `${formatNumber(answered)} answered, ${formatNumber(refused)} refused`,
  },
  {
    ...{ label: `${name}, p99`, unit: 'ms', value: p99Ms, detail: `p50 ${formatNumber(p50Ms)} ms` },
    ...(name === 'reads' && { goal: { atMost: timeMaxMs } }),
  },
];

const kindsOf = (ids: string[]): Kind[] => {
  const event = (n: number) => ({
    ...{ user_id: ids[n % ids.length], type: 'view', product_id: randomUUID(), data: { page: '/lamps', n } },
  });
  const events = (count: number, from = 0) => Array.from({ length: count }, (_, n) => event(from + n));
  return [
    { name: 'reads', share: 50, method: 'GET', paths: ids.map((id) => `/api/v1/users/${id}`) },
    {
      ...{ name: 'lists', share: 3, method: 'GET' },
      paths: ids.map((id) => `/api/v1/events?user_id=${id}&limit=20`),
    },
    {
      ...{ name: 'writes', share: 7, method: 'POST', paths: ['/api/v1/events'] },
      bodies: events(batchSize).map((one) => JSON.stringify(one)),
    },
    {
      ...{ name: 'batches', share: 40, method: 'POST', paths: ['/api/v1/events/batch'] },
      bodies: [0, 1, 2, 3].map((n) => JSON.stringify({ events: events(batchSize, n * batchSize) })),
    },
  ];
};

const rateOf = ({ kinds }: MixedResult, durationMs: number): number =>
  (1_000 * Object.values(kinds).reduce((sum, { answered }) => sum + answered, 0)) / durationMs;
