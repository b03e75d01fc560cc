import { startBroker } from '@souk/embedded/broker.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { infrastructure } from './infrastructure.ts';
import type { TestBroker, TestKafka } from './servers.ts';

/** A Kafka broker of its own, with the given topics. Other topics appear on first use, with 4 partitions. */
export const testBroker = (topics: string[] = []): Promise<TestBroker> =>
  infrastructure === 'embedded' ? embeddedBroker(topics) : testKafka(topics);

/** For tests of what the embedded broker cannot do. */
export const testKafka = async (topics: string[] = []): Promise<TestKafka> => {
  if (infrastructure === 'containers') {
    const { kafkaContainer } = await import('./containers/kafka-container.ts');
    return kafkaContainer(topics);
  }
  const { localKafka } = await import('./local/local-kafka.ts');
  return localKafka(topics);
};

const embeddedBroker = async (topics: string[]): Promise<TestBroker> => {
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
    release: stop,
    pause: () => broker.child.kill('SIGSTOP'),
    resume: () => broker.child.kill('SIGCONT'),
  };
};
