import { orders } from '@souk/contracts/orders.ts';
import { parseMetrics, sumOf } from '../shop/prometheus-text.ts';

/** What became of the orders that came through Kafka since the product service started. */
export interface OrderCounts {
  applied: number;
  repeated: number;
  deadLettered: number;
}

const timeoutMs = 5_000;

/** Asks the product service. Rejects when it does not answer. */
export const readOrderCounts = async (productUrl: string): Promise<OrderCounts> => {
  const response = await fetch(`${productUrl}/metrics`, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${productUrl}/metrics answered ${response.status}`);
  const ofOrders = parseMetrics(await response.text()).filter(({ labels }) => labels.topic === orders.name);
  const count = (status: string) =>
    sumOf(
      ofOrders.filter(({ labels }) => labels.status === status),
      'kafka_messages_consumed_total',
    ) ?? 0;
  return { applied: count('applied'), repeated: count('repeated'), deadLettered: count('dead_lettered') };
};
