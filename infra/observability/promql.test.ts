import { expect, test } from 'vitest';
import { familyOf } from './exported-metrics.mjs';
import { selectorsOf, substituted } from './promql.mjs';

test('finds every selector of a query, and nothing that only looks like one', () => {
  const query =
    'topk(5, sum by (route) (rate(x_total{status=~"5..", by="sum(y)"}[5m]))) / (service:z:sum > 0) or vector(1)';
  expect(selectorsOf(query)).toEqual([
    { selector: 'x_total{status=~"5..", by="sum(y)"}', metric: 'x_total' },
    { selector: 'service:z:sum', metric: 'service:z:sum' },
  ]);
});

test('refuses a query that does not parse', () => {
  expect(() => selectorsOf('sum by (service (up)')).toThrow(/does not parse/);
});

test('puts in every variable of the dashboards, and refuses others', () => {
  expect(substituted('rate(x{service=~"$service"}[$__rate_interval])')).toBe('rate(x{service=~".+"}[1m])');
  expect(() => substituted('x{pod="$pod"}')).toThrow(/\$pod/);
});

test("counts a histogram's series to the histogram, and a counter of such a name to itself", () => {
  const metrics = new Map([
    ['wait_seconds', 'histogram'],
    ['bucket_count', 'gauge'],
  ]);
  expect(familyOf('wait_seconds_bucket', metrics)).toBe('wait_seconds');
  expect(familyOf('bucket_count', metrics)).toBe('bucket_count');
});
