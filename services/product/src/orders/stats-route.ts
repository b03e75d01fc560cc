import { orders as ordersTopic } from '@souk/contracts/orders.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import type { OrderBook } from './order-book.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const Stats = Type.Object({
  orders: Type.Object({
    held: count('in the database'),
    cached: count('documents in the memory of this process'),
    consumed: count(
      'messages of the topic that this process has resolved: stored, repeated or dead-lettered',
    ),
    rejected: count('documents refused by this process, over HTTP and from the topic'),
    dead_lettered: count('those of them that came from the topic'),
  }),
  cache: Type.Object({
    hits: count('documents answered from the memory of this process'),
    misses: count('documents that had to be asked of the database'),
    hit_rate: Type.Number({ minimum: 0, maximum: 1, description: '0 before the first request' }),
  }),
  uptime_seconds: Type.Number({ minimum: 0 }),
});

interface StatsParts {
  orders: OrderBook;
  metrics: Metrics;
}

/** What this process has done with orders since its start, by the counters that /metrics shows. */
export const statsRoute = (http: Http, { orders, metrics }: StatsParts): void => {
  const startedAt = performance.now();
  http.get(
    '/stats',
    {
      config: { access: { roles: ['analyst', 'admin'], scope: 'analytics:read' } },
      schema: {
        tags: ['orders'],
        operationId: 'getStats',
        summary: 'Counts of this process',
        response: { 200: Stats },
      },
    },
    async () => {
      const consumed = (status?: string) =>
        sumOf(metrics, 'kafka_messages_consumed_total', ({ topic, ...labels }) => {
          const isOfOrders = topic === ordersTopic.name || `${topic}`.startsWith(`${ordersTopic.name}.`);
          return isOfOrders && (status === undefined || labels.status === status);
        });
      const cached = (wanted: string) =>
        sumOf(metrics, 'cache_requests_total', ({ tier, result }) => tier === 'memory' && result === wanted);
      const [held, all, deadLettered, refused, hits, misses] = await Promise.all([
        orders.counts(),
        consumed(),
        consumed('dead_lettered'),
        sumOf(metrics, 'http_requests_total', isRefusedOrder),
        cached('hit'),
        cached('miss'),
      ]);
      return {
        orders: { ...held, consumed: all, rejected: refused + deadLettered, dead_lettered: deadLettered },
        cache: { hits, misses, hit_rate: hits / Math.max(1, hits + misses) },
        uptime_seconds: Math.round(performance.now() - startedAt) / 1000,
      };
    },
  );
};

type Labels = Partial<Record<string, string | number>>;

const isRefusedOrder = ({ method, route, status }: Labels): boolean =>
  method === 'POST' && route === '/api/v1/orders' && /^4(?!99)/.test(String(status));

/** The sum over the children of a counter that pass; 0 when there is none. */
const sumOf = async (
  metrics: Metrics,
  name: string,
  passes: (labels: Labels) => boolean,
): Promise<number> => {
  const metric = await metrics.registry.getSingleMetric(name)?.get();
  const values = (metric?.values ?? []) as { labels: Labels; value: number }[];
  return values.filter(({ labels }) => passes(labels)).reduce((sum, { value }) => sum + value, 0);
};
