import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSouk } from '../run-souk.ts';

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await testMesh({ env: { PAYMENT_SECRETS: 'test=laptop-only' } });
});
afterAll(() => mesh?.stop());

const urls = () =>
  (['user', 'product', 'recommendation', 'analytics'] as const).flatMap((name) => [
    `--${name}-url`,
    mesh.service(name).url,
  ]);

test('the demo buys in both ways, pays, cancels and returns, and is refused nothing', async () => {
  const { code, output } = await runSouk([
    ...['demo', '--rate', '200', '--count', '2000', '--users', '30', '--brokers', mesh.broker.brokers],
    ...urls(),
  ]);
  expect({ code, rejected: /rejected/.test(output), output }).toMatchObject({ code: 0, rejected: false });
  const shown = (label: string) => Number(new RegExp(`^\\s*${label}\\s+([\\d,]+)`, 'm').exec(output)?.[1]);
  await eventually(
    async () => {
      const [stored] = await mesh.sql`
        select (select count(*) from product_service.checkouts where cleared_at is not null) as checkouts,
          (select count(*) from product_service.orders) as orders,
          (select count(*) from product_service.payment_messages where kind = 'succeeded') as payments,
          (select count(*) from product_service.order_changes where taken_back = 'cancelled') as cancellations,
          (select count(*) from product_service.order_changes where taken_back = 'returned') as returns`;
      expect(stored).toEqual({
        ...{ checkouts: shown('checkouts'), orders: shown('checkouts') + shown('orders by Kafka') },
        ...{ payments: shown('payments'), cancellations: shown('cancellations'), returns: shown('returns') },
      });
    },
    { timeoutMs: 60_000 },
  );
  for (const label of ['checkouts', 'orders by Kafka', 'payments', 'cancellations', 'returns'])
    expect([label, shown(label) > 0]).toEqual([label, true]);
});

test('souk orders stuck names what is due for what the demo cancelled, and ends with 1', async () => {
  const { code, output } = await runSouk(['orders', 'stuck', ...urls()]);
  expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('refund_due') });
  const json = await runSouk(['orders', 'stuck', '--json', '--limit', '1', ...urls()]);
  expect(JSON.parse(json.output)).toHaveLength(1);
  expect(JSON.parse(json.output)[0]).toMatchObject({ amount: expect.any(Number), currency: 'USD' });
});
