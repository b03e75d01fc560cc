import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { Command } from 'commander';
import { interruption } from '../client/interruption.ts';
import { addBrokersOption } from '../client/kafka-brokers.ts';
import { durationMs, positiveNumber, wholeNumber } from '../client/option-parsers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { testSecretOf } from '../test-payments.ts';
import { besideShopping } from './beside-shopping.ts';
import { demoProductsMax } from './catalogue.ts';
import { runDemo } from './demo.ts';
import { demoDisplay, demoReport } from './demo-display.ts';
import { openOutsideOrders } from './outside-orders.ts';
import { demoPeopleMax } from './people.ts';

interface DemoCommandOptions extends ServiceUrlOptions {
  brokers?: string;
  rate: number;
  seed: number;
  users: number;
  products: number;
  duration?: number;
  count?: number;
}

const rateMax = 2_000;
const seedMax = 2 ** 32 - 1;
const requestTimeoutMs = 10_000;
const besideEveryMs = 15_000;

/** `souk demo`: shoppers who look, like, fill carts and buy, until Ctrl-C. */
export const demoCommand = (): Command =>
  addBrokersOption(
    addServiceUrlOptions(
      new Command('demo')
        .description('let lifelike shoppers loose on a running mesh, until Ctrl-C')
        .option('--rate <events>', 'events per second, on average', positiveNumber(rateMax), 10)
        .option('--seed <number>', 'the same seed gives the same shoppers', wholeNumber(0, seedMax), 1)
        .option('--users <count>', 'shoppers', wholeNumber(1, demoPeopleMax), 100)
        .option('--products <count>', 'products in the shop', wholeNumber(1, demoProductsMax), 200)
        .option('--duration <time>', 'end after this time, such as 90s or 5m', durationMs)
        .option('--count <events>', 'end after so many events', wholeNumber(1, 1_000_000_000)),
    ),
    'for orders of other systems, which come by HTTP without any: ',
  ).action(async (options: DemoCommandOptions) => {
    await demo(options);
  });

const demo = async (options: DemoCommandOptions): Promise<void> => {
  const { rate, seed, users, products, duration: durationMaxMs = Infinity } = options;
  const urls = serviceUrls(options);
  await requireReady(urls);
  const signal = interruption();
  const display = demoDisplay(process.stdout);
  console.log(`${users} shoppers, ${products} products, about ${rate} events a second. Ctrl-C ends it.`);
  const over = new AbortController();
  const clientUntil = (end: AbortSignal) =>
    createSoukClient({ urls, fetch: createRetryingFetch({ requestTimeoutMs, signal: end }) });
  const end = AbortSignal.any([signal, over.signal]);
  const client = clientUntil(signal);
  const outside = await openOutsideOrders(client, options);
  const beside = besideShopping({
    ...{ client: clientUntil(end), users, everyMs: besideEveryMs },
    ...{ show: display.recommendations, signal: end },
  });
  try {
    const figures = await runDemo({
      ...{ seed, users, products, rate, durationMaxMs, countMax: options.count ?? Infinity, signal },
      ...{ client, shop: createShop(client), sendOrder: outside.sendOrder },
      paymentSecret: testSecretOf(process.env.PAYMENT_SECRETS),
      onTick: display.figures,
    });
    display.end();
    console.log(demoReport(figures));
  } finally {
    over.abort();
    await Promise.all([beside, outside.close()]);
  }
};
