import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../../http-call.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const paceMs = 100;
/** Prices only rise, so that an older one shows. In minor units. */
const firstPriceMinor = 100;

/**
 * Raises the prices of products, one after the other. A change names the version it is made for, so that a request
 * whose answer was not waited for cannot take effect after a later one. Every answer is read for its age.
 */
export const raisePrices = async (parts: ClientParts): Promise<void> => {
  const { chaos, journal, isOver } = parts;
  for (let turn = 0; !isOver(); turn += 1) {
    const id = chaos.products[turn % chaos.products.length] as string;
    const price = (journal.prices.get(id) ?? firstPriceMinor) + 1;
    await untilAcknowledged('a price', async () => {
      const askedAtMs = performance.now();
      const before = await tryOnce(parts, 'product', 'GET', `/api/v1/products/${id}`);
      if (before?.status !== 200) return undefined;
      noteVersion(parts, id, before, askedAtMs);
      if (toMinor(before) === price) return true;
      const headers = { 'if-match': `"${before.body.version}"` };
      const body = { price: price / 100 };
      const changed = await tryOnce(parts, 'product', 'PUT', `/api/v1/products/${id}`, body, headers);
      return changed?.status === 200 || undefined;
    });
    journal.prices.set(id, price);
    journal.known.push({ what: `price of ${id} at its owner`, value: price, atMs: performance.now() });
    await pause(paceMs);
  }
};

/** The owner answers with what it has acknowledged, at once. */
const noteVersion = ({ journal }: ClientParts, id: string, answer: Answer, askedAtMs: number): void => {
  const what = `price of ${id} at its owner`;
  journal.reads.push({ what, value: toMinor(answer), askedAtMs, promisedMs: 0 });
};

const toMinor = ({ body }: Answer): number => Math.round(body.price * 100);
