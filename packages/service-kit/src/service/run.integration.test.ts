import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../testing/tiny-service.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'run-'));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

const defaults = {
  ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
  PORT: '0',
  DATABASE_URL: 'postgres://role:hunter2@db:5432/souk',
  KAFKA_BROKERS: 'kafka:9092',
  SHUTDOWN_DEADLINE_MS: '30000',
};

const start = (env: Record<string, string> = {}) => {
  const child = fork(main, { env: { ...defaults, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const lines = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const says = (text: string) => expect.poll(() => output).toContain(text);
  const url = async (): Promise<string> => {
    await says('listens at ');
    return /listens at (http:[^"]+)/.exec(output)?.[1] as string;
  };
  return { child, exited, output: () => output, lines, url, says };
};

test('operators have a port of their own where OPERATOR_PORT says so, which ends with the service', async () => {
  const service = start({ OPERATOR_PORT: '0' });
  await service.says('tiny is ready');
  const [, operators] = /answers operators at (http:[^"]+)/.exec(service.output()) ?? [];
  for (const path of ['/live', '/metrics', '/health'])
    expect((await fetch(`${operators}${path}`)).status, path).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.exited).toBe(0);
});

test('as many connections as may be open can wait for a service that is busy: the kernel forgets none', async () => {
  const { child, url } = start({ HTTP_CONNECTIONS_MAX: '900' });
  const port = Number(new URL(await url()).port);
  child.kill('SIGSTOP');
  const sockets = Array.from({ length: 900 }, () => connect(port, '127.0.0.1'));
  const opened = sockets.map((socket) => once(socket, 'connect'));
  // What is forgotten is tried again after a second, as often as that.
  await Promise.all(opened);
  for (const socket of sockets) socket.destroy();
});

test('a bad configuration is one line for each variable at fault, without its secret, and status 1', async () => {
  const { exited, output } = start({
    PORT: 'eighty',
    DATABASE_URL: 'mysql://role:hunter2@db/souk',
    LOG_LEVEL: 'loud',
  });
  expect(await exited).toBe(1);
  expect(output().trim().split('\n')).toEqual([
    "bad configuration: PORT must be a whole number from 0 to 65535, not 'eighty'",
    "bad configuration: LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not 'loud'",
    'bad configuration: DATABASE_URL must be postgres://role:password@host:port/database, with one host',
  ]);
});

test('a taken port is said with what to do, and status 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const { exited, output } = start({ PORT: `${port}` });
  expect(await exited).toBe(1);
  expect(output()).toContain(`port ${port} is taken: stop what uses it, or set PORT`);
  holder.close();
});

test('a HOST that is no address is said with what to do, and status 1', async () => {
  const { exited, output } = start({ HOST: 'nowhere.invalid' });
  expect(await exited).toBe(1);
  expect(output()).toContain('nowhere.invalid has no address here: set HOST');
});

test('waits for what is not there yet, says for what, and starts when it comes', async () => {
  const needed = join(folder, 'needed');
  const service = start({ NEEDED_FILE: needed });
  const url = await service.url();
  await service.says('waiting for a file');
  expect((await fetch(`${url}/quick`)).status).toBe(503);
  const health = await fetch(`${url}/health`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({ status: 'down', waiting_for: 'a file' });
  writeFileSync(needed, '');
  await service.says('tiny is ready');
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect((await fetch(`${url}/quick`)).status).toBe(200);
});

test('a password that is refused is retried, and said as an error', async () => {
  const service = start({ FAULT: 'password' });
  await service.says('it refuses this service');
  expect(service.lines().find(({ msg }) => msg.includes('refuses')).level).toBe(50);
  expect(service.child.exitCode).toBeNull();
});

test('what waiting does not cure ends the process with status 1', async () => {
  const { exited, output } = start({ FAULT: 'migration' });
  expect(await exited).toBe(1);
  expect(output()).toContain('syntax error');
});

test('SIGTERM finishes what was begun, releases everything, and ends with status 0', async () => {
  const released = join(folder, 'released');
  const service = start({ RELEASED_FILE: released });
  const url = await service.url();
  await service.says('tiny is ready');
  const answer = fetch(`${url}/until-stopping`);
  await expect
    .poll(async () => (await (await fetch(`${url}/metrics`)).text()).match(/in_flight\S* (\d)/)?.[1])
    .toBe('2');
  service.child.kill('SIGTERM');
  expect(await (await answer).text()).toBe('done');
  expect(await service.exited).toBe(0);
  expect(existsSync(released)).toBe(true);
});

test('SIGTERM takes a replica out of traffic first: it answers on, and asks clients to close, before it closes', async () => {
  const service = start({ SHUTDOWN_DRAIN_MS: '120000' });
  const url = await service.url();
  await service.says('tiny is ready');
  expect((await fetch(`${url}/quick`)).headers.get('connection')).toBe('keep-alive');
  service.child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${url}/ready`)).status).toBe(503);
  const answer = await fetch(`${url}/quick`);
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
});

test('a replica that answered on while it was not ready ends with status 0', async () => {
  const service = start({ SHUTDOWN_DRAIN_MS: '100' });
  await service.says('tiny is ready');
  service.child.kill('SIGTERM');
  expect(await service.exited).toBe(0);
});

test('SIGTERM ends a service that is still waiting', async () => {
  const service = start({ NEEDED_FILE: join(folder, 'never') });
  await service.says('waiting for a file');
  service.child.kill('SIGTERM');
  expect(await service.exited).toBe(0);
});

test('SIGTERM ends one that only migrates with status 1 until the schema is up to date', async () => {
  const waiting = start({ MIGRATE_ONLY: 'true', NEEDED_FILE: join(folder, 'no-schema') });
  await waiting.says('waiting for a file');
  waiting.child.kill('SIGTERM');
  expect(await waiting.exited).toBe(1);
  expect(await start({ MIGRATE_ONLY: 'true' }).exited).toBe(0);
});

test('a stop that hangs is cut off at the deadline, with status 1', async () => {
  const service = start({ FAULT: 'stop', SHUTDOWN_DEADLINE_MS: '200' });
  await service.says('tiny is ready');
  service.child.kill('SIGINT');
  expect(await service.exited).toBe(1);
  expect(service.output()).toContain('did not stop within its deadline');
});

test('what nobody caught is logged and ends the process with status 1', async () => {
  const service = start();
  const url = await service.url();
  await service.says('tiny is ready');
  await fetch(`${url}/fault`).catch(() => undefined);
  expect(await service.exited).toBe(1);
  expect(service.output()).toContain('nobody caught this');
});

test('EXIT_WITH_PARENT ends the process when its parent is gone, and only then does that matter', async () => {
  const following = start({ EXIT_WITH_PARENT: 'true' });
  const independent = start();
  await Promise.all([following.says('tiny is ready'), independent.says('tiny is ready')]);
  following.child.disconnect();
  independent.child.disconnect();
  // 'close' never comes after disconnect; 'exit' does.
  expect((await once(following.child, 'exit'))[0]).toBe(0);
  expect(independent.child.exitCode).toBeNull();
});
