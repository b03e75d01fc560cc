import { setTimeout as pause } from 'node:timers/promises';
import { createSoukClient } from '@souk/client/client.ts';
import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { Command } from 'commander';
import { interruption } from '../client/interruption.ts';
import { durationMs, positiveNumber, wholeNumber } from '../client/option-parsers.ts';
import { requireReady } from '../client/reachable.ts';
import { addServiceUrlOptions, type ServiceUrlOptions, serviceUrls } from '../client/service-urls.ts';
import { demoProductsMax } from './catalogue.ts';
import { runDemo } from './demo.ts';
import { demoDisplay, demoReport, type Recommendation } from './demo-display.ts';
import { demoPeopleMax } from './people.ts';

interface DemoCommandOptions extends ServiceUrlOptions {
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
const recommendationsEveryMs = 15_000;
const recommendationsShown = 5;

/** `souk demo`: shoppers who look, like, fill carts and buy, until Ctrl-C. */
export const demoCommand = (): Command =>
  addServiceUrlOptions(
    new Command('demo')
      .description('let lifelike shoppers loose on a running mesh, until Ctrl-C')
      .option('--rate <events>', 'events per second, on average', positiveNumber(rateMax), 10)
      .option('--seed <number>', 'the same seed gives the same shoppers', wholeNumber(0, seedMax), 1)
      .option('--users <count>', 'shoppers', wholeNumber(1, demoPeopleMax), 100)
      .option('--products <count>', 'products in the shop', wholeNumber(1, demoProductsMax), 200)
      .option('--duration <time>', 'end after this time, such as 90s or 5m', durationMs)
      .option('--count <events>', 'end after so many events', wholeNumber(1, 1_000_000_000)),
  ).action(async (options: DemoCommandOptions) => {
    await demo(options);
  });

const demo = async (options: DemoCommandOptions): Promise<void> => {
  const { rate, seed, users, products, duration = Infinity, count = Infinity } = options;
  const urls = serviceUrls(options);
  await requireReady(urls);
  const signal = interruption();
  const display = demoDisplay(process.stdout);
  console.log(`${users} shoppers, ${products} products, about ${rate} events a second. Ctrl-C ends it.`);
  const over = new AbortController();
  const showing = showRecommendations(urls.recommendation, display, AbortSignal.any([signal, over.signal]));
  try {
    const figures = await runDemo({
      shop: createShop(createSoukClient({ urls, fetch: createRetryingFetch({ requestTimeoutMs, signal }) })),
      seed,
      users,
      products,
      rate,
      countMax: count,
      durationMaxMs: duration,
      signal,
      onTick: display.figures,
    });
    display.end();
    console.log(demoReport(figures));
  } finally {
    over.abort();
    await showing;
  }
};

/** From time to time, until the signal. That they cannot be had is no reason to end the demo. */
const showRecommendations = async (
  url: string,
  display: ReturnType<typeof demoDisplay>,
  signal: AbortSignal,
): Promise<void> => {
  const query = `strategy=trending&limit=${recommendationsShown}`;
  while (!signal.aborted) {
    await pause(recommendationsEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const response = await fetch(`${url}/api/v1/recommendations?${query}`, { signal });
      const { items } = (await response.json()) as { items: Recommendation[] };
      if (response.ok) display.recommendations('Trending now', items);
    } catch {
      // The services' own logs and souk status tell.
    }
  }
};
