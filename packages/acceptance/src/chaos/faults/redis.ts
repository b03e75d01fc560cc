import { connect } from 'node:net';
import type { Fault } from '../fault.ts';

const claims = ['redis'];

/** A cache may go: every answer is still right, and every request is answered. */
export const redisFaults: readonly Fault[] = [
  {
    name: 'Redis is killed',
    ...{ claims, unnoticed: true },
    start: async ({ mesh: { redis } }) => {
      await redis.stop();
      return () => redis.start();
    },
  },
  {
    name: 'Redis hangs',
    ...{ claims, unnoticed: true },
    start: async ({ mesh: { redis } }) => {
      redis.pause();
      return async () => redis.resume();
    },
  },
  {
    name: 'Redis is full and evicts nothing',
    ...{ claims, unnoticed: true },
    start: async ({ mesh: { redis } }) => {
      await tell(redis.url, 'CONFIG SET maxmemory-policy noeviction maxmemory 1');
      return () => tell(redis.url, 'CONFIG SET maxmemory-policy allkeys-lru maxmemory 64mb');
    },
  },
];

const tell = (url: string, command: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (reply) => {
      socket.destroy();
      if (`${reply}`.startsWith('+OK')) resolve();
      else reject(new Error(`${command}: ${reply}`));
    });
    socket.write(`${command}\r\n`);
  });
