import { fileURLToPath } from 'node:url';
import type { Child } from './child.ts';
import { freePort } from './ports.ts';
import { startUntilLine } from './ready-line.ts';

const readyDeadlineMs = 60_000;
const stopDeadlineMs = 5_000;
const main = fileURLToPath(new URL('./broker-main.ts', import.meta.url));

export interface EmbeddedBroker {
  /** For bootstrap.servers: host:port, separated by commas. */
  brokers: string;
  child: Child;
  stop(): Promise<void>;
}

/**
 * Starts librdkafka's in-memory Kafka in a child process: one broker per port (one on a free port by default), and
 * the topics with 4 partitions each. Started again on the same ports it has the same addresses, and is empty.
 */
export const startBroker = async (options: {
  ports?: number[] | undefined;
  topics?: string[] | undefined;
  onLine?: ((line: string) => void) | undefined;
}): Promise<EmbeddedBroker> => {
  const ports = options.ports ?? [await freePort()];
  const settings = JSON.stringify({ ports, topics: options.topics ?? [] });
  const child = await startUntilLine(
    'the Kafka broker',
    { command: process.execPath, args: [main, settings], stopDeadlineMs, onLine: options.onLine },
    (line) => line.startsWith('{"brokers"'),
    readyDeadlineMs,
  );
  const brokers = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return { brokers, child, stop: async () => void (await child.stop()) };
};
