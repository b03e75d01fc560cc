import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { productionEnv } from '../stack/production.ts';

/** The baseline of the relay: a process that does nothing but publish messages as large as its own. */
export interface BareProducer {
  /** Gives the rate. */
  publish(count: number): Promise<number>;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('./bare-producer-main.ts', import.meta.url));

export const startBareProducer = async (brokers: string): Promise<BareProducer> => {
  const child = fork(main, [brokers], { execArgv: [], env: { ...process.env, ...productionEnv() } });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the bare producer ended');
  });
  ended.catch(() => undefined);
  const answer = async (): Promise<number> => (await Promise.race([once(child, 'message'), ended]))[0];
  await answer();
  return {
    publish: (count) => {
      child.send(count);
      return answer();
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended.catch(() => undefined);
    },
  };
};
