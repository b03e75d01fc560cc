import { findRedis, startRedis } from '@souk/embedded/redis.ts';
import { infrastructure } from './infrastructure.ts';
import type { TestRedis } from './servers.ts';

/** True where no Redis is installed: `test.skipIf(redisMissing)` for the tests that are about Redis. */
export const redisMissing = infrastructure !== 'containers' && findRedis() === undefined;
if (redisMissing)
  console.warn(
    'SKIPPED: the tests that need Redis, because redis-server and valkey-server are not installed',
  );

/**
 * A Redis of its own. Where none is installed its url is empty, which means "without Redis" to a service, and its
 * methods do nothing. With `settings` of its own, for the port that it is at, it is a process of this machine.
 */
export const testRedis = async (settings?: (port: number) => Record<string, string>): Promise<TestRedis> => {
  if (infrastructure === 'containers' && !settings) {
    const { redisContainer } = await import('./containers/redis-container.ts');
    return redisContainer();
  }
  const first = await startRedis({ settings });
  if (!first) return absentRedis;
  let redis = first;
  const { port, url } = first;
  return {
    url,
    stop: () => redis.stop(),
    start: async () => {
      redis = (await startRedis({ port, settings })) ?? redis;
    },
    pause: () => redis.child.kill('SIGSTOP'),
    resume: () => redis.child.kill('SIGCONT'),
  };
};

const nothing = async () => undefined;
const absentRedis: TestRedis = {
  url: '',
  stop: nothing,
  start: nothing,
  pause: () => undefined,
  resume: () => undefined,
};
