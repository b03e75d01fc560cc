/**
 * Who the Kafka of infra/compose/secure.yml refuses: clients in plain text, with another authority, with a wrong
 * password, and the producer of somebody else's topic. SECRETS and KAFKA_1_PORT say where it is. Status 1 when it takes
 * one of them.
 */
import { readFileSync } from 'node:fs';
import { readKafkaAddress } from '../../packages/service-kit/src/config/encryption.ts';
import { openProducer } from '../../packages/service-kit/src/kafka/producer.ts';

const { SECRETS = '', KAFKA_1_PORT } = process.env;
const text = (/** @type {string} */ name) => readFileSync(`${SECRETS}/${name}`, 'utf8').trim();

const product = {
  KAFKA_BROKERS: `localhost:${KAFKA_1_PORT}`,
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SSL_CA: text('ca.pem'),
  KAFKA_SASL_MECHANISM: 'PLAIN',
  KAFKA_SASL_USERNAME: 'product',
  KAFKA_SASL_PASSWORD: text('product/kafka-password'),
};

/** Writes to the topic of the user service. */
const publish = async (/** @type {Record<string, string>} */ env) => {
  const session = await openProducer({
    brokers: readKafkaAddress(env),
    clientId: 'foreign',
    idempotent: false,
  });
  try {
    await session.publish([{ topic: 'user-updates', key: 'a', value: Buffer.from('{}'), headers: {} }]);
  } finally {
    await session.close();
  }
};

/** @type {[string, Record<string, string>, RegExp][]} */
const attempts = [
  ['Kafka in plain text', { KAFKA_BROKERS: product.KAFKA_BROKERS }, /./],
  [
    'Kafka by another authority',
    { ...product, KAFKA_SSL_CA: text('../others/ca.pem') },
    /SSL handshake failed/,
  ],
  ['a wrong password for Kafka', { ...product, KAFKA_SASL_PASSWORD: 'wrong' }, /SASL authentication error/],
  ["a producer of another's topic", product, /authoriz/i],
];
for (const [what, env, reason] of attempts) {
  const answer = await publish(env).then(
    () => 'it was written',
    (/** @type {Error} */ error) => `${error}`,
  );
  if (answer === 'it was written' || !reason.test(answer)) {
    console.error(`FAILED: ${what} was not refused: ${answer}`);
    process.exitCode = 1;
  } else console.log(`  refused: ${what}`);
}
