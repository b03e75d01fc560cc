import { createSoukClient } from '@souk/client/client.ts';
import type { paths as ProductPaths } from '@souk/client/generated/product.ts';
import { dataOf } from '@souk/client/refusal.ts';
import { Command } from 'commander';
import { wholeNumber } from '../client/option-parsers.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';

interface StuckOptions extends ServiceUrlOptions {
  json: boolean;
  limit: number;
}

const limitMax = 1_000;

/** `souk orders stuck`: orders that do not go on by themselves, why, and what helps. */
export const ordersCommand = (): Command =>
  new Command('orders')
    .description('orders, for operators')
    .addCommand(
      addServiceUrlOptions(
        new Command('stuck')
          .description(
            'orders that do not go on by themselves, why, and what helps; exit code 1 when there are any',
          )
          .option('--json', 'as JSON', false)
          .option('--limit <count>', 'show at most so many', wholeNumber(1, limitMax), 100),
      ).action(stuck),
    );

const stuck = async ({ json, limit, ...options }: StuckOptions): Promise<void> => {
  const client = createSoukClient({ urls: serviceUrls(options) });
  const { items } = dataOf(
    await client.product.GET('/api/v1/stuck-orders', { params: { query: { limit } } }),
  );
  if (json) console.log(JSON.stringify(items, null, 2));
  else console.log(stuckText(items, limit));
  if (items.length > 0) process.exitCode = 1;
};

type StuckOrders =
  ProductPaths['/api/v1/stuck-orders']['get']['responses'][200]['content']['application/json']['items'];

/** For a person; of `limit` orders there may be more. */
export const stuckText = (items: StuckOrders, limit: number): string => {
  if (items.length === 0) return 'No order is stuck.';
  const lines = items.map(({ order_uid, reason, since, amount, currency, remedy }) => {
    const due = amount === null ? '' : ` ${amount} ${currency}`;
    return `${order_uid}  ${reason}${due}  since ${since}\n  ${remedy}`;
  });
  return [...lines, ...(items.length < limit ? [] : ['… and perhaps more: see --limit'])].join('\n');
};
