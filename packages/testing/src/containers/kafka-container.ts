import { freePort } from '@souk/embedded/ports.ts';
import type { StartedTestContainer } from 'testcontainers';
import { asAdmin, removeEverything } from '../kafka-admin.ts';
import type { TestKafka } from '../servers.ts';
import { containerOf, kill, pause, remove, resume, saying, startAgain, stop } from './container.ts';

const readyTimeoutMs = 90_000;
const partitions = 4;

interface Kafka {
  port: number;
  container: StartedTestContainer;
}

/** Those that tests have released: a start takes seconds, cleaning takes none. */
const idle: Kafka[] = [];

export const removeIdleKafka = async (): Promise<void> => {
  await Promise.all(idle.splice(0).map(({ container }) => remove(container)));
};

/** A real Kafka of one node, as the embedded broker is: new topics have 4 partitions, and stop() loses everything. */
export const kafkaContainer = async (topics: string[]): Promise<TestKafka> => {
  const released = idle.pop();
  const port = released?.port ?? (await freePort());
  const brokers = `127.0.0.1:${port}`;
  let running = released?.container;
  let paused = false;

  const start = async () => {
    running ??= await startKafka(port);
    await asAdmin(brokers, async (admin) => {
      if (topics.length > 0) await admin.createTopics({ topics, partitions, replicas: 1 });
    });
  };
  const end = async () => {
    const ending = running;
    running = undefined;
    paused = false;
    if (ending) await remove(ending);
  };
  await start();
  return {
    brokers,
    stop: end,
    start,
    restart: async () => {
      await end();
      await start();
    },
    release: async () => {
      if (!running || paused) return end();
      await asAdmin(brokers, removeEverything);
      idle.push({ port, container: running });
      running = undefined;
    },
    stopKeepingLog: async (signal) => {
      if (running) await (signal ? kill(running) : stop(running));
    },
    startWithLog: async () => {
      if (running) await startAgain(running);
      await asAdmin(brokers, (admin) => admin.listTopics());
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

const startKafka = (port: number): Promise<StartedTestContainer> =>
  containerOf('apache/kafka')
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_NUM_PARTITIONS: `${partitions}`,
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      // The suites use short sessions, so that the loss of a member is noticed soon.
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_MESSAGE_MAX_BYTES: `${16 * 1_048_576}`,
      KAFKA_LOG_DIRS: '/tmp/kraft-combined-logs',
      KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
    })
    .withWaitStrategy(saying(/Kafka Server started/))
    .withStartupTimeout(readyTimeoutMs)
    .start();
