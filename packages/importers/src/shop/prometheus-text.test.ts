import { expect, test } from 'vitest';
import { parseMetrics, sumOf } from './prometheus-text.ts';

const text = `# HELP kafka_consumer_lag Messages behind the end of the log
# TYPE kafka_consumer_lag gauge
kafka_consumer_lag{topic="user-updates",partition="0",service="analytics"} 12
kafka_consumer_lag{topic="user-updates",partition="1",service="analytics"} 30 1395066363000
outbox_pending 0
odd{path="C:\\\\a",said="\\"}, x=\\"1\\n"} 1.5e3
http_request_duration_seconds_bucket{le="+Inf"} +Inf

not a sample
`;

test('reads names, labels with their escapes, and values', () => {
  expect(parseMetrics(text)).toEqual([
    {
      name: 'kafka_consumer_lag',
      labels: { topic: 'user-updates', partition: '0', service: 'analytics' },
      value: 12,
    },
    {
      name: 'kafka_consumer_lag',
      labels: { topic: 'user-updates', partition: '1', service: 'analytics' },
      value: 30,
    },
    { name: 'outbox_pending', labels: {}, value: 0 },
    { name: 'odd', labels: { path: 'C:\\a', said: '"}, x="1\n' }, value: 1500 },
    { name: 'http_request_duration_seconds_bucket', labels: { le: '+Inf' }, value: Infinity },
  ]);
});

test('tells a sum of zero from a metric that is not there', () => {
  const samples = parseMetrics(text);
  expect(sumOf(samples, 'kafka_consumer_lag')).toBe(42);
  expect(sumOf(samples, 'outbox_pending')).toBe(0);
  expect(sumOf(samples, 'outbox_oldest_age_seconds')).toBeUndefined();
});
