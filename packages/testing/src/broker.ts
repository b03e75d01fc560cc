import { startBroker } from '@souk/embedded/broker.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { infrastructure } from './infrastructure.ts';

export interface TestBroker {
  /** For bootstrap.servers (KAFKA_BROKERS); the same after every restart. */
  brokers: string;
  /** Kills it. Its topics, groups and offsets are gone. */
  stop(): Promise<void>;
  /** Starts it again at the same address, empty. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** A Kafka broker of its own, with the given topics. Other topics appear on first use; all have 4 partitions. */
export const testBroker = async (topics: string[] = []): Promise<TestBroker> => {
  if (infrastructure === 'containers') {
    const { kafkaContainer } = await import('./containers/kafka-container.ts');
    return kafkaContainer(topics);
  }
  const ports = [await freePort()];
  let broker = await startBroker({ ports, topics });
  const stop = async () => {
    broker.child.kill('SIGKILL');
    await broker.child.exited;
  };
  const start = async () => {
    broker = await startBroker({ ports, topics });
  };
  const restart = async () => {
    await stop();
    await start();
  };
  return {
    brokers: broker.brokers,
    stop,
    start,
    restart,
    pause: () => broker.child.kill('SIGSTOP'),
    resume: () => broker.child.kill('SIGCONT'),
  };
};
