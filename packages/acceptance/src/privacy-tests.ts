import { randomBytes } from 'node:crypto';
import kafka from '@confluentinc/kafka-javascript';
import { orders } from '@souk/contracts/orders.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { listTopics, readTopic } from '@souk/testing/topic.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call } from './http-call.ts';
import { type OrderTraffic, orderDeadLetters, orderTraffic, recipient } from './privacy-orders.ts';
import { sendBytes } from './raw-request.ts';
import { tablesWith } from './tables.ts';

/** One person's private data: words that occur nowhere else, of letters and digits, so that no encoding hides them. */
const person = () => {
  const tag = randomBytes(5).toString('hex');
  const words = { mail: `zmail${tag}`, first: `zfirst${tag}`, last: `zlast${tag}`, data: `zdata${tag}` };
  return {
    ...words,
    email: `${words.mail}@example.com`,
    name: `${words.first} ${words.last}`,
    password: `zpass${tag}`,
    all: [...Object.values(words), `zpass${tag}`],
  };
};
type Person = ReturnType<typeof person>;

/** Of a mesh that says all it can (LOG_LEVEL=trace). */
export const privacyTests = (given: () => TestMesh) =>
  describe('private data', () => {
    const [ada, grace, erased, refused] = [person(), person(), person(), person()];
    const everybody: Person[] = [ada, grace, erased, refused];
    const recipients = { placed: recipient(), sent: recipient(), refused: recipient(), erased: recipient() };
    const wordsOfOrders = Object.values(recipients).flatMap(({ all }) => all);
    const privateWords = [...everybody.flatMap(({ all }) => all), ...wordsOfOrders];
    const answers: Answer[] = [];
    let mesh: TestMesh;
    let shops: OrderTraffic;
    // Others have used the mesh before.
    let before: { requests: number; updates: number };
    const requestsLogged = () =>
      mesh.service('user').logs.filter((line) => line.includes('"msg":"request"')).length;
    const updates = async () => (await readTopic(mesh.broker.brokers, 'user-updates')).length;

    beforeAll(async () => {
      mesh = given();
      before = { requests: requestsLogged(), updates: await updates() };
      shops = await orderTraffic(mesh, recipients);
      const [adaId, graceId, erasedId] = await liveThrough();
      await shops.liveThrough();
      await shops.ordersOf(erasedId);
      await send('DELETE', `/api/v1/users/${erasedId}`, undefined, 204);
      await shops.erased(erasedId);
      await misuse(adaId, graceId);
      await misuseOutsideOfBodies(adaId);
      await shops.misuse();
      await failWithoutPostgres();
      await sendPoison();
      await shops.taken();
      await everythingConsumed();
    });
    afterAll(() => shops?.end());

    const send = async (
      method: string,
      path: string,
      body?: unknown,
      expected?: number,
      headers?: Record<string, string>,
    ): Promise<Answer> => {
      const answer = await call(method, `${mesh.service('user').url}${path}`, body, headers && { headers });
      answers.push(answer);
      if (expected !== undefined)
        expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(expected);
      return answer;
    };
    const register = async (path: string, body: object, headers?: Record<string, string>): Promise<string> =>
      (await send('POST', path, body, 201, headers)).body.id;

    /** All that users do: register, change, list, buy, leave. */
    const liveThrough = async () => {
      const { email, password, name, first, last, data } = ada;
      const adaId = await register('/api/v1/users', { email, first_name: first, last_name: last, password });
      const graceId = await register('/users/register', { email: grace.email, name: grace.name });
      // Answers that are kept for repeats are erased as well.
      const once = { 'idempotency-key': 'once' };
      const erasedId = await register('/users', { ...loginOf(erased), name: erased.name }, once);
      await send('PUT', `/api/v1/users/${adaId}`, { name: `${name} ${last}`, password: `${password}!` }, 200);
      await send(
        'PUT',
        `/users/${graceId}`,
        { email: grace.email.toUpperCase(), ...loginOf(grace, false) },
        200,
      );
      const items = [{ product_id: graceId, quantity: 2 }];
      await send('PUT', `/api/v1/users/${graceId}/cart`, { items }, 200);
      await send('GET', `/api/v1/users?email=${encodeURIComponent(email)}`, undefined, 200);
      await send('GET', '/users?limit=100', undefined, 200);
      await send('GET', `/users/${adaId}`, undefined, 200);
      const activity = (user_id: string, word: unknown) => ({ user_id, type: 'view', data: word });
      await send('POST', '/api/v1/events', activity(adaId, { note: data }), 201);
      await send('POST', '/api/v1/events', activity(graceId, JSON.stringify({ [grace.data]: 1 })), 201);
      await send('POST', '/api/v1/events', activity(erasedId, { note: erased.data }), 201, once);
      const events = [activity(erasedId, { note: erased.data }), activity(adaId, 'no JSON'), { note: data }];
      await send('POST', '/api/v1/events/batch', { events }, 207);
      return [adaId, graceId, erasedId] as const;
    };
    const loginOf = ({ email, password }: Person, withEmail = true) =>
      withEmail ? { email, password } : { password };

    /** Bodies that are refused, each for another reason. */
    const misuse = async (adaId: string, graceId: string) => {
      const { email, name, password, first, mail, data } = refused;
      const whole = { email, name, password };
      await send('POST', '/users', `{"email":"${email}","name":${name},"password":"${password}"}`, 400);
      await send('POST', '/users', JSON.stringify(whole).slice(0, -1), 400);
      await send('POST', '/users', `{"password":"${password}",}`, 400);
      await send('POST', '/users', { ...whole, email: ada.email.toUpperCase() }, 409);
      await send('PUT', `/users/${graceId}`, { email: ada.email, name, password }, 409);
      await send('POST', '/users', { ...whole, email: mail }, 400);
      await send('POST', '/users', { ...whole, name: ` ${first}\u0000` }, 400);
      await send('POST', '/users', { ...whole, first_name: [first], [mail]: password }, 400);
      await send('POST', '/users', { ...whole, password: { plain: password } }, 400);
      await send('POST', '/users', { ...whole, password: password.repeat(100) }, 400);
      await send('POST', '/users', { ...whole, name: name.repeat(50_000) }, 413);
      await send('PUT', `/users/${refused.mail}`, whole, 400);
      await send('PUT', `/users/${crypto.randomUUID()}`, whole, 404);
      await send('POST', '/api/v1/events', { user_id: adaId, type: 'view', data }, 400);
      await send('POST', '/api/v1/events', { user_id: adaId, type: data.toUpperCase(), data: { data } }, 400);
      await send(
        'POST',
        '/api/v1/events',
        { user_id: crypto.randomUUID(), type: 'view', data: { data } },
        404,
      );
      await send('POST', '/api/v1/events/batch', `{"events":[{"data":{"note":${data}}}]}`, 400);
    };

    /** Private data where no body is: in paths, queries, headers, and in what is no HTTP at all. */
    const misuseOutsideOfBodies = async (adaId: string) => {
      const { email, mail, first, password } = refused;
      const { url } = mesh.service('user');
      for (const path of [`/users/${email}`, `/${mail}`, `/users/${mail}%zz`, `/users?page=${first}`])
        await send('GET', path);
      await send('GET', `/users?email=${email}&cursor=${password}`, undefined, 400);
      const strange = { authorization: `Basic ${password}` };
      expect((await fetch(`${url}/users/${adaId}`, { headers: strange })).status).toBe(401);
      const headers = {
        cookie: `session=${password}`,
        'x-request-id': email,
        'if-match': first,
        'content-type': `text/${mail}`,
      };
      const answer = await fetch(`${url}/users/${adaId}`, { method: 'PUT', headers, body: password });
      expect(answer.status).toBe(415);
      const body = JSON.stringify({ name: first });
      const unmatched = await fetch(`${url}/users/${adaId}`, {
        method: 'PUT',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
      expect(unmatched.status).toBe(400);
      expect(await sendBytes(url, `${mail} /${password}\r\n${email}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
    };

    /** Statements whose parameters are private fail on a connection that has gone away. */
    const failWithoutPostgres = async () => {
      await mesh.postgres.stop('SIGKILL');
      await send('POST', '/users', { ...loginOf(refused), name: refused.name }, 503);
      await send('POST', '/users', { email: refused.email, name: refused.name }, 503);
      await shops.failWithoutPostgres();
      await mesh.postgres.start();
      await Promise.all(serviceNames.map((name) => mesh.service(name).ready()));
    };

    /** A message that nobody can read makes the dead-letter topics that are looked into below. */
    const sendPoison = async () => {
      const producer = new kafka.KafkaJS.Kafka().producer({
        'bootstrap.servers': mesh.broker.brokers,
        log_level: 0,
      });
      await producer.connect();
      await producer.send({ topic: 'user-updates', messages: [{ key: 'poison', value: '{"user_id":' }] });
      await producer.disconnect();
    };

    const everythingConsumed = async () => {
      for (const consumer of ['product', 'recommendation', 'analytics']) {
        for (const owner of consumer === 'product' ? ['user'] : ['user', 'product'])
          await eventually(async () => {
            const [row] = await mesh.sql.unsafe(`
              select (select max(id) from ${owner}_service.outbox) as written,
                (select max(last_sequence) from ${consumer}_service.consumer_positions
                  where source = '/souk/${owner}') as applied`);
            expect(row?.applied).toBe(row?.written);
          });
        await eventually(async () =>
          expect(await readTopic(mesh.broker.brokers, `user-updates.${consumer}.dlq`)).toHaveLength(1),
        );
      }
    };

    const topicsOfOrders = [orders.name, orderDeadLetters];
    const wordsIn = (text: string) => privateWords.filter((word) => text.toLowerCase().includes(word));

    test('is in no topic but that of orders: not in a value, a key or a header, not among the dead letters', async () => {
      const topics = await listTopics(mesh.broker.brokers);
      expect(topics).toEqual(
        expect.arrayContaining([
          'user-updates',
          'product-updates',
          'user-updates.analytics.dlq',
          'user-updates.product.dlq',
          'user-updates.recommendation.dlq',
        ]),
      );
      const contents = topics.map(
        async (topic) => [topic, await readTopic(mesh.broker.brokers, topic)] as const,
      );
      for (const [topic, messages] of await Promise.all(contents)) {
        if (topic === 'user-updates') expect(messages.length).toBeGreaterThan(before.updates + 8);
        for (const { key, value, headers = [] } of messages) {
          const parts = headers.flatMap((header) => Object.entries(header)).flat();
          // An order stays as it came. Why it was refused is said without quoting it.
          const foreign = topicsOfOrders.includes(topic) ? [key] : [key, value];
          expect(wordsIn([...foreign, ...parts].map(String).join('\n')), topic).toEqual([]);
        }
      }
    });

    test('is in no line of any log, not even of the most talkative one, nor in that of Postgres', () => {
      for (const { logs } of mesh.processes) {
        expect(logs.length).toBeGreaterThan(5);
        expect(logs.filter((line) => wordsIn(line).length > 0)).toEqual([]);
      }
      expect(requestsLogged()).toBeGreaterThanOrEqual(before.requests + answers.length);
      expect(mesh.postgres.logs.filter((line) => wordsIn(line).length > 0)).toEqual([]);
    });

    test('is in no metric', async () => {
      for (const { url } of serviceNames.map(mesh.service)) {
        const { body } = await call('GET', `${url}/metrics`);
        expect(body).toContain('http_requests_total');
        expect(wordsIn(body)).toEqual([]);
      }
    });

    test('is kept by the user service alone, and erased with the user', async () => {
      for (const { mail, first, last, data } of [ada, grace]) {
        for (const word of [mail, first, last])
          expect(await tablesWith(mesh.sql, word), word).toEqual(['user_service.users']);
        expect(await tablesWith(mesh.sql, data), data).toEqual(['user_service.events']);
      }
      for (const word of [...erased.all, ...refused.all])
        expect(await tablesWith(mesh.sql, word), word).toEqual([]);
    });

    test('of orders is kept by the product service alone, and of refused ones by no service', async () => {
      for (const word of [...recipients.placed.all, ...recipients.sent.all])
        expect(await tablesWith(mesh.sql, word), word).toEqual(['product_service.orders']);
      for (const word of recipients.refused.all) expect(await tablesWith(mesh.sql, word), word).toEqual([]);
    });

    test('of a deleted user is in no table, no answer and no memory; only the topic of orders has it, for its 30 days', async () => {
      for (const word of recipients.erased.all) expect(await tablesWith(mesh.sql, word), word).toEqual([]);
      for (const uid of ['erased-http', 'erased-topic', 'erased-late']) {
        const { status, body } = await call('GET', `${mesh.service('product').url}/order/${uid}`);
        expect({ status, name: body.delivery.name }).toEqual({ status: 200, name: 'redacted' });
        expect(wordsIn(JSON.stringify(body))).toEqual([]);
      }
      const ofOrders = kafkaTopics.filter(({ name }) => name.startsWith(orders.name));
      expect(ofOrders.map(({ name }) => name)).toEqual(['orders', orderDeadLetters, 'orders.product.retry']);
      expect(ofOrders.every(({ retentionMs }) => retentionMs === 30 * 86_400_000)).toBe(true);
    });

    test('is never a password in clear: in no answer and in no table', async () => {
      const passwords = everybody.map(({ password }) => password);
      const withPassword = answers.filter(({ body, headers }) => {
        const text = JSON.stringify([body, ...headers]).toLowerCase();
        return passwords.some((password) => text.includes(password));
      });
      expect(withPassword).toEqual([]);
      for (const password of passwords) expect(await tablesWith(mesh.sql, password)).toEqual([]);
      const [row] = await mesh.sql`
        select count(*) as count from user_service.users where password_hash like '$argon2id$%'`;
      expect(row?.count).toBe(2);
    });
  });
