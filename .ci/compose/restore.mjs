/**
 * What restore.sh does at the mesh: `register` prints the id of the new user, `erase ID` deletes a user,
 * `order PREFIX SKU CUSTOMER` sends ten orders to the topic, and `numbers` reads the topics of both owners: status 1 where
 * a number stands for two events. SMOKE_USER_URL and KAFKA_1_PORT say where the mesh is.
 */
import { randomUUID } from 'node:crypto';
import { call, serviceUrls } from '../../infra/smoke/http.mjs';
import { orders } from '../../packages/contracts/src/orders.ts';
import { services } from '../../packages/contracts/src/services.ts';
import { readLogs } from '../../packages/service-kit/src/kafka/log-reader.ts';
import { headerText } from '../../packages/service-kit/src/kafka/message.ts';
import { openSender } from '../../packages/service-kit/src/kafka/sender.ts';

const { KAFKA_1_PORT } = process.env;
const brokers = `127.0.0.1:${KAFKA_1_PORT}`;
const owners = /** @type {const} */ (['user', 'product']);
const ordersSent = 10;

const register = async () => {
  const person = { email: `restore-${randomUUID()}@example.com`, name: 'Ada' };
  const { status, text, body } = await call('POST', `${serviceUrls.user}/api/v1/users`, person);
  if (status !== 201) throw new Error(text);
  console.log(body.id);
};

const erase = async (/** @type {string} */ id) => {
  const { status, text } = await call('DELETE', `${serviceUrls.user}/api/v1/users/${id}`);
  if (status !== 204 && status !== 404) throw new Error(`${status} ${text}`);
};

const order = async (
  /** @type {string} */ prefix,
  /** @type {string} */ sku,
  /** @type {string} */ customer,
) => {
  const [example] = /** @type {any} */ (orders.document).examples;
  const sender = await openSender(brokers);
  const sent = Array.from({ length: ordersSent }, (_, index) => {
    const uid = `${prefix}-${index}`;
    const items = [{ ...example.items[0], rid: uid, sku, name: sku }];
    return { key: uid, value: JSON.stringify({ ...example, order_uid: uid, customer_id: customer, items }) };
  });
  await sender.send(orders.name, sent);
  await sender.close();
};

/** An event that is published again, under its own number, is no fault. */
const numbers = async () => {
  for (const owner of owners) {
    const topic = services[owner].publishes;
    const idOf = new Map();
    let twice = 0;
    await readLogs(
      brokers,
      (name) => name === topic,
      ({ headers }) => {
        const [number, id] = [headerText(headers, 'ce_sequence'), headerText(headers, 'ce_id')];
        if ((idOf.get(number) ?? id) !== id) twice += 1;
        idOf.set(number, id);
      },
    );
    console.log(`  ${topic}: ${idOf.size} numbers, ${twice} of them for two events`);
    if (twice > 0 || idOf.size === 0) process.exitCode = 1;
  }
};

const commands = { register, erase, order, numbers };
const [command, ...args] = process.argv.slice(2);
await commands[/** @type {keyof typeof commands} */ (command)](
  .../** @type {[string, string, string]} */ (args),
);
