import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProducer } from '../kafka/producer.ts';
import { silent } from '../testing/ledger.ts';
import { openRevocations, type Revocations } from './revocations.ts';

let broker: TestBroker;
const opened: Revocations[] = [];
beforeEach(async () => {
  broker = await testBroker([sessionUpdates.name]);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((revocations) => revocations.stop()));
  await broker.release();
});

const never = new AbortController().signal;
/** As a replica that has just started, and knows all that was revoked before. */
const replica = async (): Promise<Revocations> => {
  const revocations = openRevocations({ brokers: broker.brokers, fetchWaitMaxMs: 10, log: silent });
  opened.push(revocations);
  await eventually(() => revocations.connect(never));
  return revocations;
};

let sequence = 0;
const message = (subject: string, data: string) => {
  const time = new Date().toISOString();
  const [id, type] = [randomUUID(), 'session.revoked.v1'];
  const event = { id, type, time, data, key: subject, sequence: `${++sequence}` };
  return { topic: sessionUpdates.name, ...encodeEvent(sessionUpdates.source, event) };
};
const revoking = (subject: string, sessionId: string) =>
  message(subject, JSON.stringify({ subject, session_id: sessionId, revoked_at: new Date().toISOString() }));
const publish = async (...messages: ReturnType<typeof message>[]) => {
  const session = await openProducer({ brokers: broker.brokers, clientId: 'test', createTopics: false });
  await session.publish(messages);
  await session.close();
};

const [subject, other] = [randomUUID(), randomUUID()];
const isRevoked = (revocations: Revocations, sessionId: string): boolean =>
  revocations.revoked({ subject, sessionId, roles: [], scopes: [], issuedAtMs: Date.now() });

test('every replica hears of each revocation, and one that starts later knows them from its first answer on', async () => {
  const replicas = [await replica(), await replica()];
  const sessions = Array.from({ length: 40 }, () => randomUUID());
  await publish(...sessions.map((session) => revoking(subject, session)));
  for (const one of replicas)
    await eventually(() => expect(sessions.filter((session) => !isRevoked(one, session))).toEqual([]));
  const late = await replica();
  expect(sessions.filter((session) => !isRevoked(late, session))).toEqual([]);
  expect(isRevoked(late, randomUUID())).toBe(false);
  await late.check();
});

test('a message that nobody can read hides none behind it', async () => {
  const session = randomUUID();
  await publish(message(subject, '{"not": json'), message(subject, '{}'), revoking(subject, session));
  expect(isRevoked(await replica(), session)).toBe(true);
});

test('without Kafka the list stays, says that it is not current, and goes on when Kafka is back, its log lost', async () => {
  const revocations = await replica();
  const [before, after] = [randomUUID(), randomUUID()];
  await publish(revoking(other, randomUUID()), revoking(subject, before));
  await eventually(() => expect(isRevoked(revocations, before)).toBe(true));
  await broker.stop();
  await eventually(() => expect(revocations.check()).rejects.toMatchObject({ code: 'KAFKA' }));
  expect(isRevoked(revocations, before)).toBe(true);
  await broker.start();
  await publish(revoking(subject, after));
  await eventually(() => expect(isRevoked(revocations, after)).toBe(true));
  await eventually(() => revocations.check());
  expect(isRevoked(revocations, before)).toBe(true);
});
