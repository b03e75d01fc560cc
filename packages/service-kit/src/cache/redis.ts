import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'node:tls';
import type { Redis as Client } from 'ioredis';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { backoffMs } from '../service/backoff.ts';
import { inTime } from '../timeout.ts';

/**
 * A Redis that may be gone at any time: nothing here waits for it longer than `commandTimeoutMs`, at start
 * neither, and no command outlives the connection it was sent on. Replies arrive in the order of the commands.
 */
export interface Redis {
  /** Undefined when there is no such key. Rejects when Redis does not answer in time. */
  get(key: string): Promise<string | undefined>;
  /** Sets a key without a time to live. Rejects when Redis does not answer in time; it may then be set. */
  set(key: string, value: string): Promise<void>;
  /** Runs a Lua script of that name over keys. Rejects when Redis does not answer in time; it may then have run. */
  run(name: string, script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Rejects when Redis does not answer in time. */
  ping(): Promise<void>;
  /** Whether it is worth asking: connected, and no command is overdue. */
  usable(): boolean;
  /** Calls back for each new connection, the first included, and for the end of each. */
  onChange(listener: (connected: boolean) => void): void;
  close(): void;
}

export const commandTimeoutMs = 100;
/** A connection on which nothing arrives for so long while a command waits is closed. */
const silenceMaxMs = 1_000;
const connectTimeoutMs = 2_000;
const reconnectBackoff = { baseMs: 100, maxMs: 5_000 };

export interface RedisOptions {
  /** redis[s]://user:password@host:port */
  url: string;
  /** Who is trusted under rediss://, as `redisTls` gives it. */
  tls?: ConnectionOptions | undefined;
  metrics: Metrics;
  log: Logger;
}

/**
 * Opens a connection in the background: nothing here waits for Redis or fails without it. The client is loaded here: a
 * process without Redis has 8 MiB less.
 */
export const openRedis = ({ url, tls, metrics, log }: RedisOptions): Redis => {
  const requests = metrics.counter('redis_requests_total', 'Commands to Redis', ['operation', 'status']);
  const duration = metrics.histogram('redis_request_duration_seconds', 'Duration of a command', [
    'operation',
  ]);
  const { Redis } = createRequire(import.meta.url)('ioredis') as { Redis: typeof Client };
  const client = new Redis(url, {
    ...(tls && { tls }),
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMaxMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => backoffMs(attempt, reconnectBackoff),
  });
  const outages = logOutages(client, log);
  let overdue = 0;
  const tookTooLong = (sent: Promise<unknown>): Error => {
    overdue += 1;
    const ended = () => {
      overdue -= 1;
    };
    sent.then(ended, ended);
    return Object.assign(new Error('Redis did not answer in time'), { code: 'REDIS_TIMEOUT' });
  };

  const observe = async <T>(
    operation: 'get' | 'set' | 'run' | 'ping',
    send: () => Promise<T>,
    status: (reply: T) => 'hit' | 'miss' | 'ok',
  ): Promise<T> => {
    const stopTimer = duration.startTimer({ operation });
    try {
      const sent = send();
      const reply = await inTime(sent, commandTimeoutMs, () => tookTooLong(sent));
      requests.inc({ operation, status: status(reply) });
      return reply;
    } catch (error) {
      requests.inc({ operation, status: 'error' });
      throw error;
    } finally {
      stopTimer();
    }
  };

  return {
    get: async (key) => {
      const found = await observe(
        'get',
        () => client.get(key),
        (value) => (value ? 'hit' : 'miss'),
      );
      return found ?? undefined;
    },
    set: async (key, value) => {
      await observe(
        'set',
        () => client.set(key, value),
        () => 'ok',
      );
    },
    run: (name, script, keys, args) => {
      const scripts = client as unknown as Record<
        string,
        ((keyCount: number, ...args: string[]) => Promise<unknown>) | undefined
      >;
      if (!scripts[name]) client.defineCommand(name, { lua: script });
      return observe(
        'run',
        async () => scripts[name]?.(keys.length, ...keys, ...args),
        () => 'ok',
      );
    },
    ping: async () => {
      await observe(
        'ping',
        () => client.ping(),
        () => 'ok',
      );
    },
    usable: () => client.status === 'ready' && overdue === 0,
    onChange: (listener) => {
      if (client.status === 'ready') listener(true);
      client.on('ready', () => listener(true));
      client.on('close', () => listener(false));
    },
    close: () => {
      outages.end();
      client.disconnect();
    },
  };
};

const logOutages = (client: Client, log: Logger): { end(): void } => {
  let ended = false;
  let gone: boolean | undefined;
  let reason: string | undefined;
  client.on('error', (error: Error & { code?: string }) => {
    reason = error.code ?? error.message;
  });
  client.on('ready', () => {
    gone = false;
    log.info('redis is there');
  });
  client.on('close', () => {
    if (gone !== true && !ended) log.warn({ reason }, 'redis is gone: everything works, only slower');
    gone = true;
    reason = undefined;
  });
  const end = () => {
    ended = true;
  };
  return { end };
};
