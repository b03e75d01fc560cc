import { fileURLToPath } from 'node:url';
import type { Shoppers } from '@souk/console/server/shopper-routes.ts';
import { type Child, describeExit, startChild } from '@souk/embedded/child.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const stopDeadlineMs = 10_000;

/** Lets shoppers into the mesh on this port base and out again: `souk demo` as a process of its own. */
export const createShoppers = (portBase: number): Shoppers => {
  let starting: Promise<Child> | undefined;
  let problem: string | undefined;

  const start = async (): Promise<Child> => {
    const args = [main, 'demo', '--port-base', `${portBase}`];
    const child = await startChild({ command: process.execPath, args, stopDeadlineMs });
    const mine = starting;
    void child.exited.then((exit) => {
      if (starting !== mine) return;
      starting = undefined;
      problem = child.lastLines().at(-1) ?? describeExit(exit);
    });
    return child;
  };

  return {
    start: () => {
      problem = undefined;
      starting ??= start();
      starting.catch((error: Error) => {
        starting = undefined;
        problem = error.message;
      });
    },
    stop: async () => {
      const stopped = starting;
      starting = undefined;
      problem = undefined;
      await (await stopped?.catch(() => undefined))?.stop();
    },
    state: () => ({ running: starting !== undefined, ...(problem === undefined ? {} : { problem }) }),
  };
};
