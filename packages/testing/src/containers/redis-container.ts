import { freePort } from '@souk/embedded/ports.ts';
import type { StartedTestContainer } from 'testcontainers';
import type { TestRedis } from '../servers.ts';
import { containerOf, pause, remove, resume, saying } from './container.ts';

/** A real Redis in a container; it keeps nothing. */
export const redisContainer = async (): Promise<TestRedis> => {
  const port = await freePort();
  const begin = (): Promise<StartedTestContainer> =>
    containerOf('redis')
      .withExposedPorts({ container: 6379, host: port })
      .withCommand(['redis-server', '--save', '', '--appendonly', 'no'])
      .withWaitStrategy(saying(/Ready to accept connections/))
      .start();
  let running: StartedTestContainer | undefined = await begin();
  let paused = false;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      if (running) await remove(running);
      running = undefined;
      paused = false;
    },
    start: async () => {
      running = await begin();
    },
    pause: () => {
      if (!running || paused) return;
      pause(running);
      paused = true;
    },
    resume: () => {
      if (!running || !paused) return;
      resume(running);
      paused = false;
    },
  };
};
