import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deadLetterHeader, markerHeader } from '@souk/contracts/dead-letter-header.ts';
import { groupDeadLetters } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import { pendingDeadLetters } from '@souk/service-kit/dead-letters/read-dead-letters.ts';
import { readLogs } from '@souk/service-kit/kafka/log-reader.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { testBroker } from '@souk/testing/broker.ts';
import type { TestBroker } from '@souk/testing/servers.ts';
import { type Ended, soukHere } from 'souk/testing/souk-here.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(import.meta.resolve('souk/main.ts'));
const outputMax = 32 * 1_048_576;

let broker: TestBroker;
let sender: Sender;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'souk-dlq-'));
  broker = await testBroker();
  sender = await openSender(broker.brokers);
});
afterAll(async () => {
  await sender?.close();
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dlq = (args: string[], env?: Record<string, string>) =>
  soukHere(['dlq', ...args, '--brokers', broker.brokers], env);
/** As a person runs it, in a process of its own. */
const dlqProcess = (args: string[], brokers = broker.brokers) =>
  new Promise<Ended>((resolve) => {
    execFile(
      process.execPath,
      [main, 'dlq', ...args, '--brokers', brokers],
      { maxBuffer: outputMax },
      (error, output, errors) => resolve({ code: error ? Number(error.code) : 0, output, errors }),
    );
  });

/** A topic of its own for each test, with dead letters of the group `sorting` as its consumers write them. */
const newBox = () => {
  const topic = `parcels-${randomUUID()}`;
  const name = `${topic}.sorting.dlq`;
  const deadLetter = (id: string, more: { replays?: number; reason?: string; headers?: object } = {}) => ({
    [deadLetterHeader.topic]: topic,
    [deadLetterHeader.partition]: '2',
    [deadLetterHeader.offset]: '17',
    [deadLetterHeader.errorClass]: more.reason ?? 'DecodeError.not_json',
    [deadLetterHeader.errorMessage]: 'value: Unexpected end',
    [deadLetterHeader.id]: id,
    [deadLetterHeader.replays]: String(more.replays ?? 0),
    [deadLetterHeader.attempts]: '3',
    [deadLetterHeader.firstSeen]: '2026-01-01T00:00:00.000Z',
    [deadLetterHeader.lastSeen]: '2026-01-02T00:00:00.000Z',
    ...more.headers,
  });
  const put = (id: string, value: string | Buffer | null, more: Parameters<typeof deadLetter>[1] = {}) =>
    sender.send(name, [{ key: `key of ${id}`, value, headers: deadLetter(id, more) }]);
  const waiting = async () => groupDeadLetters(await pendingDeadLetters(broker.brokers, { topic }));
  return { topic, name, retries: `${topic}.sorting.retry`, put, waiting };
};
const recordsOf = async (topic: string): Promise<ReceivedMessage[]> => {
  const records: ReceivedMessage[] = [];
  await readLogs(
    broker.brokers,
    (name) => name === topic,
    (record) => void records.push(record),
  );
  return records;
};
const texts = ({ key, value, headers }: ReceivedMessage) => ({
  key: String(key),
  value: String(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
});
/** An $EDITOR that replaces a text in the document. */
const editor = (name: string, from: string, to: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nsed -i 's/${from}/${to}/' "$1"\n`);
  chmodSync(path, 0o755);
  return path;
};

test('lists what waits per topic and group, with reasons and times', async () => {
  const { topic, put } = newBox();
  await put('a', '{');
  await put('a', '{');
  await put('b', '{');
  await put('c', '{}', { reason: 'OrderConflict' });
  const json = await dlqProcess(['list', '--topic', topic, '--json']);
  expect(JSON.parse(json.output)).toEqual([
    {
      topic,
      group: 'sorting',
      waiting: 3,
      first_seen: '2026-01-01T00:00:00.000Z',
      last_seen: '2026-01-02T00:00:00.000Z',
      reasons: { 'DecodeError.not_json': 2, OrderConflict: 1 },
    },
  ]);
  const { output } = await dlq(['list', '--topic', topic, '--reason', 'not_json']);
  expect(output).toContain(`${topic} → sorting: 2 pending`);
});

test('says that nothing waits, also where no topic is', async () => {
  expect(await dlq(['list', '--topic', 'nothing'])).toMatchObject({
    code: 0,
    output: 'No pending dead letters.\n',
  });
  expect(await dlq(['show', '--topic', 'nothing'])).toMatchObject({ code: 1 });
  expect(await dlq(['replay', '--all', '--topic', 'nothing'])).toMatchObject({ code: 1 });
});

test('shows all there is to know of a dead letter', async () => {
  const { topic, put } = newBox();
  await put('a', '{"id":12345678901234567890,"weight":1.50}', { headers: { ce_type: 'parcel.sent.v1' } });
  const { output } = await dlq(['show', 'a', '--topic', topic]);
  for (const text of [
    `came from    ${topic}, partition 2, offset 17`,
    'error        DecodeError.not_json: value: Unexpected end',
    'tried        3 times, sent again 0 times',
    'first 2026-01-01T00:00:00.000Z, last 2026-01-02T00:00:00.000Z',
    'key          key of a',
    'header       ce_type: parcel.sent.v1',
    '      "id": 12345678901234567890,\n      "weight": 1.50\n',
  ])
    expect(output).toContain(text);
});

test('shows nothing that a terminal would obey', async () => {
  const { topic, put } = newBox();
  const obeyed = '\u001b]0;owned\u0007';
  await put('text', `not json ${obeyed}`, { reason: obeyed, headers: { [obeyed]: obeyed } });
  await put('bytes', Buffer.from([0xff, 0x1b, 0x5b]));
  const outputs = [
    await dlq(['show', '--topic', topic]),
    await dlq(['list', '--topic', topic]),
    await dlq(['replay', '--all', '--topic', topic]),
  ];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  for (const { output } of outputs) expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(outputs[0]?.output).toContain('ff1b5b');
});

test('sends all dead letters again as they are, once each, and resolves them', async () => {
  const { topic, name, retries, put, waiting } = newBox();
  await put('a', '{"a":1', { headers: { traceparent: 'trace' } });
  await put('b', null);
  await put('a', '{"a":1', { headers: { traceparent: 'trace' } });
  const { code, output } = await dlq(['replay', '--all', '--topic', topic]);
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('2 sent again, 0 left'),
  });

  const sent = new Map((await recordsOf(retries)).map((one) => [String(one.key), one]));
  expect(sent.size).toBe(2);
  expect(texts(sent.get('key of a') as ReceivedMessage)).toMatchObject({
    value: '{"a":1',
    headers: { traceparent: 'trace', [deadLetterHeader.id]: 'a', [deadLetterHeader.replays]: '0' },
  });
  expect(sent.get('key of b')?.value).toBeNull();
  const markers = (await recordsOf(name)).filter(({ headers }) => headers[markerHeader.resolved]);
  expect(markers.map((one) => texts(one).headers)).toEqual(
    expect.arrayContaining(
      ['a', 'b'].map((id) => ({
        [deadLetterHeader.id]: id,
        [deadLetterHeader.replays]: '0',
        [markerHeader.resolved]: 'replayed',
        [markerHeader.resolvedAt]: expect.stringMatching(/^\d{4}-.*Z$/),
        [markerHeader.resolvedBy]: 'souk dlq',
      })),
    ),
  );
  for (const { key, partition } of markers)
    expect(partition).toBe((await recordsOf(name)).find((one) => one.key === key)?.partition);
  expect(await waiting()).toEqual([]);

  await put('a', '{"a":1', { replays: 1 });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
});

test('keeps the order of the dead letters of a key, in many batches', async () => {
  const { topic, name, retries, put, waiting } = newBox();
  const count = 1_200;
  await put('first', '0');
  const headers = Object.fromEntries(
    Object.entries(texts((await recordsOf(name))[0] as ReceivedMessage).headers),
  );
  await sender.send(
    name,
    Array.from({ length: count }, (_, index) => ({
      key: 'key of first',
      value: String(index + 1),
      headers: { ...headers, [deadLetterHeader.id]: `dead letter ${index}` },
    })),
  );
  await dlqProcess(['replay', '--reason', 'not_json', '--topic', topic]);
  expect((await recordsOf(retries)).map(({ value }) => Number(value))).toEqual(
    Array.from({ length: count + 1 }, (_, index) => index),
  );
  expect(await waiting()).toEqual([]);
});

test('carries a dead letter of 10 MB to the byte', async () => {
  const { topic, retries, put, waiting } = newBox();
  const document = Buffer.from(`{"text":"${randomBytes(5_000_000).toString('hex')}"}`);
  await put('large', document);
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
  const shown = await dlq(['show', 'large', '--topic', topic]);
  expect(shown.output).toContain('10,000,011 bytes');
  expect(shown.output.length).toBeLessThan(50_000);
  const raw = await dlqProcess(['show', 'large', '--topic', topic, '--raw']);
  expect(Buffer.from(raw.output).equals(document)).toBe(true);
  await dlq(['replay', '--id', 'large', '--topic', topic]);
  const [sent] = await recordsOf(retries);
  expect(sent?.value?.equals(document)).toBe(true);
});

test('corrects documents in the editor, one after the other, and leaves what was not changed', async () => {
  const { topic, retries, put, waiting } = newBox();
  await put('a', '{"weight":-1}');
  await put('b', '{"weight":7}');
  const args = ['replay', '--all', '--edit', '--topic', topic];
  const { output } = await dlq(args, { VISUAL: '', EDITOR: editor('correct', '-1', '1') });
  expect(output).toContain('1 sent again, 1 left pending');
  expect((await recordsOf(retries)).map(({ value }) => JSON.parse(String(value)))).toEqual([{ weight: 1 }]);
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);

  const failed = await dlq(args, { VISUAL: 'false' });
  expect(failed).toMatchObject({ code: 1, errors: expect.stringContaining('ended with status 1') });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
});

test('sends one dead letter with another document, key and headers', async () => {
  const { topic, retries, put, waiting } = newBox();
  await put('a-1', '{', { headers: { ce_type: 'wrong', other: 'kept' } });
  await put('a-10', '{');
  const file = join(folder, 'corrected.json');
  writeFileSync(file, '{"weight":1}');
  const { code } = await dlq([
    ...['replay', '--topic', topic, '--id', 'a-1', '--document', file],
    ...['--key', 'new key', '--header', 'ce_type=parcel.sent.v1', '--header', 'ce_note=a=b'],
  ]);
  expect(code).toBe(0);
  const [sent] = await recordsOf(retries);
  expect(texts(sent as ReceivedMessage)).toMatchObject({
    key: 'new key',
    value: '{"weight":1}',
    headers: { ce_type: 'parcel.sent.v1', ce_note: 'a=b', other: 'kept', [deadLetterHeader.id]: 'a-1' },
  });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
});

test('does not send a dead letter again whose document never came, unless one is given', async () => {
  const { topic, retries, put, waiting } = newBox();
  await put('a', null, { headers: { [deadLetterHeader.valueOmitted]: '16777216' } });
  const alone = await dlq(['replay', '--all', '--topic', topic]);
  expect(alone).toMatchObject({ code: 1, output: expect.stringContaining('no document') });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
  const file = join(folder, 'given.json');
  writeFileSync(file, '{}');
  await dlq(['replay', '--id', 'a', '--topic', topic, '--document', file]);
  expect((await recordsOf(retries)).map(({ value }) => String(value))).toEqual(['{}']);
});

test('discards dead letters only when told so', async () => {
  const { topic, name, put, waiting } = newBox();
  await put('a', '{');
  const args = ['drop', '--reason', 'DecodeError.not_json', '--topic', topic];
  const asked = await dlq(args);
  expect(asked).toMatchObject({ code: 1, errors: expect.stringContaining('--yes') });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
  expect(await dlq([...args, '--yes'])).toMatchObject({ code: 0, output: '1 discarded\n' });
  expect(await waiting()).toEqual([]);
  expect((await recordsOf(name)).map((one) => texts(one).headers[markerHeader.resolved])).toEqual([
    undefined,
    'dropped',
  ]);
});

test('what was discarded by mistake can be made pending again', async () => {
  const { topic, put, waiting } = newBox();
  await put('a', '{');
  await dlqProcess(['drop', '--all', '--topic', topic, '--yes']);
  const restored = await dlq(['restore', '--all', '--topic', topic]);
  expect(restored).toMatchObject({ code: 0, output: '1 pending again\n' });
  expect(await waiting()).toMatchObject([{ waiting: 1 }]);
  expect(await dlq(['restore', '--all', '--topic', topic])).toMatchObject({ code: 1 });
});

test.each([
  ['none of --all, --reason and --id', ['replay'], 'exactly one'],
  ['two of them', ['drop', '--all', '--id', 'x', '--yes'], 'exactly one'],
  ['a document for several dead letters', ['replay', '--all', '--document', '/dev/null'], 'give its --id'],
  ['a header of the consumers’', ['replay', '--id', 'x', '--header', '__souk.errors.id=y'], 'kept by'],
  ['a file that is not there', ['replay', '--id', 'x', '--document', '/nowhere'], 'ENOENT'],
])('refuses %s in one line', async (_, args, message) => {
  const { code, errors } = await dlq(args);
  expect(code).toBe(1);
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining(message)]);
});

test('says where it looked for Kafka in vain', async () => {
  expect(await dlqProcess(['list'], '127.0.0.1:1')).toEqual({
    code: 1,
    output: '',
    errors: 'souk: no Kafka broker answers at 127.0.0.1:1\n',
  });
});
