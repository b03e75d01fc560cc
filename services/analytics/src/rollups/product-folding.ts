import type { Logger } from '@souk/service-kit/log.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { wait } from '@souk/service-kit/service/backoff.ts';
import { createWakeSignal } from '@souk/service-kit/service/wake-signal.ts';
import { foldProducts } from './fold-products.ts';

/** What other replicas have committed is noticed after so long. */
const pollIntervalMs = 1_000;
/** Unless it is behind, the folding takes a tenth of the time at most, so that more is added at once. */
const restShare = 9;
/** A pass that hung until its connection was closed would be followed by minutes. */
const restMaxMs = 10_000;

/**
 * A pass takes as many changes as it can add in about two seconds, far less than a transaction may take: a row that many
 * changes share is written once.
 */
const passMs = 2_000;
const changesBounds = { min: 1_000, max: 50_000 };

interface FoldingOptions {
  log: Logger;
  now: () => Date;
  /** What revenue is ranked by; unless given, the currency of most purchases. */
  shopCurrency: string | undefined;
  /** False where there are no requests that it could slow down. */
  rests: boolean;
}

/** Keeps the figures of products up to date, at once after `wake` when it has rested. */
export const productFolding = (db: Database, { log, now, shopCurrency, rests }: FoldingOptions) => {
  const stopping = new AbortController();
  const signal = createWakeSignal(stopping.signal);
  let running: Promise<void> | undefined;
  let changesMax = 10_000;
  const takeNext = (changes: number) => {
    changesMax = Math.round(Math.min(Math.max(changes, changesBounds.min), changesBounds.max));
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      try {
        if (await foldProducts(db, now(), { shopCurrency, changesMax })) {
          takeNext((changesMax * passMs) / (performance.now() - startedMs));
          continue;
        }
      } catch (error) {
        // The changes are still there. They may have been too many for the time that a transaction may take.
        takeNext(changesMax / 2);
        log.warn({ err: error }, 'the figures of products are not up to date');
      }
      if (rests)
        await wait(Math.min(restMaxMs, restShare * (performance.now() - startedMs)), stopping.signal);
      await signal.wait(pollIntervalMs);
    }
  };

  return {
    /** The tables must be there. */
    start: (): void => {
      running ??= run();
    },
    /** Says that changes were committed. */
    wake: signal.notify,
    /** Lets the transaction under way end. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};
