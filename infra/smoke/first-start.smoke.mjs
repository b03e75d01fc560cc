/**
 * The first minutes of a new user: a fresh clone, an empty pnpm store, `npm start`, a few requests, SIGTERM.
 * Needs the ports 8080 to 8083. Run it with the machine's own Node (20 or newer):
 *   node --test infra/smoke/first-start.smoke.mjs
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const installDeadlineMs = 600_000;
const stopDeadlineMs = 30_000;
const answerDeadlineMs = 10_000;
const pollMs = 200;

const ports = { user: 8080, product: 8081, recommendation: 8082, analytics: 8083 };
/** In the environment of every process of the mesh, so that the ones left over can be found. */
const marker = randomUUID();

/** @type {string} */
let folder;
/** @type {import('node:child_process').ChildProcess} */
let mesh;
let output = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'souk-smoke-'));
  const source = fileURLToPath(new URL('../../', import.meta.url));
  execFileSync('git', ['clone', '--quiet', source, join(folder, 'souk')]);
});

after(async () => {
  if (mesh?.exitCode === null) {
    mesh.kill('SIGTERM');
    await once(mesh, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

test('npm start in a fresh clone with an empty store brings the mesh up', {
  timeout: installDeadlineMs,
}, async () => {
  mesh = spawn('npm', ['start'], {
    cwd: join(folder, 'souk'),
    env: { ...process.env, MARKER: marker, SOUK_PNPM_FLAGS: `--store-dir=${join(folder, 'store')}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [mesh.stdout, mesh.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      process.stderr.write(chunk);
    });
  }
  while (!output.includes('Souk is ready')) {
    assert.equal(mesh.exitCode, null, 'npm start ended');
    await pause(pollMs);
  }
});

test('every service is healthy', async () => {
  for (const [name, port] of Object.entries(ports)) {
    const health = await get(port, '/health');
    assert.deepEqual([health.service, health.status], [name, 'ok'], JSON.stringify(health));
  }
});

test('what a shopper does is in the recommendations and the analytics', async () => {
  const user = await post(ports.user, '/api/v1/users', { email: 'ada@example.com', name: 'Ada' });
  const product = await post(ports.product, '/api/v1/products', { name: 'Lamp', price: 12.5 });
  const purchase = {
    user_id: user.id,
    type: 'purchase',
    product_id: product.id,
    quantity: 2,
    unit_price: 12.5,
  };
  await post(ports.user, '/api/v1/events', purchase);

  await eventually(async () => {
    const { items } = await get(ports.recommendation, '/recommendations');
    assert.deepEqual(
      items.map((/** @type {{ name: string }} */ { name }) => name),
      ['Lamp'],
    );
  });
  await eventually(async () => {
    const { items } = await get(ports.analytics, '/api/v1/analytics/products/top?metric=revenue&window=24h');
    assert.deepEqual([items[0]?.product_id, items[0]?.value], [product.id, 25]);
  });
});

test('SIGTERM stops everything, and no process is left', { timeout: stopDeadlineMs }, async () => {
  const exit = once(mesh, 'exit');
  mesh.kill('SIGTERM');
  await exit;
  await eventually(async () => assert.deepEqual(processesLeft(), []));
  assert.match(output, /Stopped\./);
});

const get = async (/** @type {number} */ port, /** @type {string} */ path) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  assert.equal(response.status, 200, `${path}: ${response.status}`);
  return response.json();
};

const post = async (/** @type {number} */ port, /** @type {string} */ path, /** @type {object} */ body) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.equal(response.status, 201, `${path}: ${response.status} ${text}`);
  return JSON.parse(text);
};

const eventually = async (/** @type {() => Promise<void>} */ attempt) => {
  const deadline = Date.now() + answerDeadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(pollMs);
    }
  }
};

const processesLeft = () =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`MARKER=${marker}`);
        return marked ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
