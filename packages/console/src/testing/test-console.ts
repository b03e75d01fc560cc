import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '@souk/contracts/services.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { publicKeysFile, rotateSigningKeys, signingKeysFile } from '@souk/service-kit/access/signing-keys.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { configSchema } from '../config.ts';
import { buildConsole } from '../server/console.ts';
import type { Shoppers } from '../server/shopper-routes.ts';

/** An account of every kind of viewer. */
export const password = 'correct-horse-battery';
const accounts = { admin: 'admin', analyst: 'analyst', customer: 'customer' } as const;
export type Viewer = keyof typeof accounts;
export const emailOf = (viewer: Viewer): string => `${viewer}@example.com`;

export interface TestConsole {
  url: string;
  mesh: TestMesh;
  /** Asks a service as the admin. Throws unless it succeeds. */
  ask(
    service: 'user' | 'product',
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** A console in `required` mode on a mesh that requires tokens, too, with an account of every kind of viewer. */
export const testConsole = async (): Promise<TestConsole> => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-console-keys-'));
  await rotateSigningKeys(folder, 0);
  // The same after a restart: the console knows the services by their addresses.
  const ports = new Map(
    await Promise.all(serviceNames.map(async (name) => [name, await freePort()] as const)),
  );
  const mesh = await testMesh({
    env: (name) => ({
      AUTH_MODE: 'required',
      AUTH_JWKS_FILE: publicKeysFile(folder),
      ...(name === 'user' && { AUTH_SIGNING_KEYS_FILE: signingKeysFile(folder) }),
      RATE_LIMITS: 'off',
      PORT: `${ports.get(name)}`,
    }),
  });
  await openAccounts(mesh);
  const token = await logIn(mesh, emailOf('admin'));
  const ask: TestConsole['ask'] = (name, method, path, body) =>
    send(`${mesh.service(name).url}${path}`, method, body, { authorization: `Bearer ${token}` });
  const service = await buildConsole(
    readEnv(configSchema, { ...environmentOf(mesh), AUTH_MODE: 'required' }),
    { shoppers: shoppersOf(ask) },
  );
  await service.start();
  return {
    url: service.url().replace('127.0.0.1', 'localhost'),
    mesh,
    ask,
    stop: async () => {
      await service.stop();
      await mesh.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Few, and fast. */
const shoppersOf = (ask: TestConsole['ask']): Shoppers => {
  let next: NodeJS.Timeout | undefined;
  const shop = async () => {
    const { items } = (await ask('user', 'GET', '/api/v1/users?limit=5')) as { items: { id: string }[] };
    const events = items.map(({ id }) => ({ user_id: id, type: 'stroll' }));
    await ask('user', 'POST', '/api/v1/events/batch', { events });
    next?.refresh();
  };
  return {
    start: () => {
      next ??= setTimeout(shop, 100);
    },
    stop: async () => {
      clearTimeout(next);
      next = undefined;
    },
    state: () => ({ running: next !== undefined }),
  };
};

const environmentOf = (mesh: TestMesh): Record<string, string> => ({
  ...Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, mesh.service(name).url])),
  KAFKA_BROKERS: mesh.broker.brokers,
  KAFKA_FETCH_WAIT_MAX_MS: '30',
  LOG_LEVEL: 'silent',
  PORT: '0',
});

const openAccounts = async (mesh: TestMesh): Promise<void> => {
  for (const [viewer, role] of Object.entries(accounts)) {
    const email = emailOf(viewer as Viewer);
    await send(`${mesh.service('user').url}/api/v1/users`, 'POST', {
      email,
      name: `The ${viewer}`,
      password,
    });
    if (role !== 'customer')
      await mesh.sql`update user_service.users set roles = ${[role]} where email = ${email}`;
  }
};

const logIn = async (mesh: TestMesh, email: string): Promise<string> => {
  const { access_token } = await send(`${mesh.service('user').url}/api/v1/auth/login`, 'POST', {
    email,
    password,
  });
  return access_token as string;
};

const send = async (
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
};
