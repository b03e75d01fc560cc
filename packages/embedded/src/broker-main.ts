/**
 * A Kafka broker of its own process: librdkafka's in-memory one, on the given ports.
 * node broker-main.ts '{"ports":[19092],"topics":["user-updates"]}'; prints {"brokers":"127.0.0.1:19092"} when ready.
 */
import kafka from '@confluentinc/kafka-javascript';
import { startProxies } from './broker-proxy.ts';

const metadataTimeoutMs = 30_000;

const { ports, topics } = JSON.parse(process.argv[2] ?? '') as { ports: number[]; topics: string[] };

/** librdkafka's hidden setting, unknown to the types: the broker lives in the client's process. */
const settings = { 'test.mock.num.brokers': ports.length, log_level: 3 } as kafka.ProducerGlobalConfig;
const client = new kafka.Producer(settings);
const metadata = await new Promise<kafka.Metadata>((resolve, reject) => {
  client.connect({ timeout: metadataTimeoutMs }, (error, found) => (error ? reject(error) : resolve(found)));
});
await startProxies(
  metadata.brokers.map(({ port }, index) => ({ publicPort: ports[index] as number, innerPort: port })),
);

// A topic appears when it is asked for; then a consumer that subscribes first finds it.
for (const topic of topics) {
  await new Promise<void>((resolve, reject) => {
    client.getMetadata({ topic, timeout: metadataTimeoutMs, allAutoCreateTopics: true } as object, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

process.stdout.write(`${JSON.stringify({ brokers: ports.map((port) => `127.0.0.1:${port}`).join(',') })}\n`);

// Nothing is worth saving, and librdkafka's own shutdown takes seconds when clients are connected.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
