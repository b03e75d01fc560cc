import { type EmbeddedRedis, startRedis } from 'souk/embedded/redis.ts';

export interface TestRedis {
  /** The same after every restart. */
  url: string;
  stop(): Promise<void>;
  /** Starts it again at the same address, empty. */
  start(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** A Redis of its own. Throws when the machine has none: the tests need one (Debian: apt-get install redis-server). */
export const testRedis = async (): Promise<TestRedis> => {
  let redis = await required();
  const { port, url } = redis;
  return {
    url,
    stop: () => redis.stop(),
    start: async () => {
      redis = await required(port);
    },
    pause: () => redis.child.kill('SIGSTOP'),
    resume: () => redis.child.kill('SIGCONT'),
  };
};

const required = async (port?: number): Promise<EmbeddedRedis> => {
  const redis = await startRedis({ port });
  if (!redis) throw new Error('the tests need redis-server or valkey-server on the PATH');
  return redis;
};
