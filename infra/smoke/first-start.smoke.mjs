/**
 * The first minutes of a new user: a fresh clone, an empty pnpm store, `npm start`, what the README says to try, SIGTERM.
 * Needs the ports 8080 to 8083, bash and curl. Run it with the machine's own Node (20 or newer):
 *   node --test infra/smoke/first-start.smoke.mjs
 * The store is SMOKE_STORE, which stays, or one that goes with the clone.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.mjs';
import { ports } from './ports.mjs';

const installDeadlineMs = 600_000;
const commandsDeadlineMs = 600_000;
const stopDeadlineMs = 60_000;
const answerDeadlineMs = 60_000;
const pollMs = 200;

const { SMOKE_STORE } = process.env;
/** In the environment of every process of the mesh, so that the ones left over can be found. */
const marker = randomUUID();

/** @type {string} */
let folder;
/** @type {string} */
let store;
/** @type {import('node:child_process').ChildProcess} */
let mesh;
let output = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'souk-smoke-'));
  const source = fileURLToPath(new URL('../../', import.meta.url));
  execFileSync('git', ['clone', '--quiet', source, join(folder, 'souk')]);
  store = SMOKE_STORE || join(folder, 'store');
  assert.ok(!existsSync(store), `${store} is not empty`);
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
    env: { ...process.env, MARKER: marker, SOUK_PNPM_FLAGS: `--store-dir=${store}` },
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

test('the commands of the README do what it says', { timeout: commandsDeadlineMs }, async () => {
  const answers = runCommands();
  const [order, returned] = [answers.pop(), answers.pop()];
  assert.equal(returned, order, 'an order does not come back byte for byte');

  const [purchase, trending, personal, summary, top, placed, ...more] = answers.map((text) =>
    JSON.parse(text),
  );
  assert.deepEqual(more, [], 'the README has more commands than this test knows');
  const product = { product_id: purchase.product_id, name: 'Brass lamp' };
  assert.deepEqual([purchase.type, purchase.quantity], ['purchase', 2]);
  assert.deepEqual(trending.items.map(namedProduct), [product]);
  assert.deepEqual([personal.strategy, personal.items.map(namedProduct)], ['personal', [product]]);
  assert.deepEqual([summary.users, summary.purchases, summary.revenue], [1, 1, 49]);
  assert.deepEqual(top.items, [{ ...product, value: 49 }]);
  assert.deepEqual([placed.order_uid, placed.customer_id], ['demo-1', purchase.user_id]);

  await eventually(async () => {
    const { items } = await get(ports.analytics, '/api/v1/analytics/products/top?metric=revenue&window=all');
    assert.deepEqual(items, [{ ...product, value: 98 }]);
  }, answerDeadlineMs);
});

test('the button of the console lets shoppers in, and figures move', async () => {
  const before = await get(ports.analytics, '/api/v1/analytics/summary?window=all');
  const shoppers = async (/** @type {string} */ method) => {
    const headers = { 'sec-fetch-site': 'same-origin' };
    const response = await fetch('http://localhost:8084/api/shoppers', { method, headers });
    assert.equal(response.status, 200);
    return response.json();
  };
  assert.deepEqual(await shoppers('POST'), { running: true });
  await eventually(async () => {
    const now = await get(ports.analytics, '/api/v1/analytics/summary?window=all');
    assert.ok(now.events_total > before.events_total, JSON.stringify(await shoppers('GET')));
  });
  assert.deepEqual(await shoppers('DELETE'), { running: false });
});

test('SIGTERM stops everything, and no process is left', { timeout: stopDeadlineMs }, async () => {
  const exit = once(mesh, 'exit');
  mesh.kill('SIGTERM');
  await exit;
  await eventually(async () => assert.deepEqual(processesLeft(), []), answerDeadlineMs);
  assert.match(output, /Stopped\./);
});

const get = async (/** @type {number} */ port, /** @type {string} */ path) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  assert.equal(response.status, 200, `${path}: ${response.status}`);
  return response.json();
};

const namedProduct = (/** @type {{ product_id: string, name: string }} */ { product_id, name }) => ({
  product_id,
  name,
});

/** Runs the README's commands as one script; the answers of those that show one, and at the end the order sent. */
const runCommands = () => {
  const script = [
    'set -euxo pipefail',
    // Ends at the first answer that is a problem, and puts a separator behind each: documents may have lines.
    `curl() { command curl --fail-with-body --write-out $'\\x1e' "$@"; }`,
    // A busy machine may need longer than the README waits.
    'sleep() { command sleep 10; }',
    readmeCommands(),
    'printf %s "$order"',
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, `the README's commands end with status ${status}: ${stdout}\n${stderr}`);
  return stdout.split('\x1e');
};

/** What the section "Try it" does with curl. */
const readmeCommands = () => {
  const readme = readFileSync(join(folder, 'souk/README.md'), 'utf8');
  const [, section] = /^## Try it$(.*?)^## /ms.exec(readme) ?? [];
  assert.ok(section, 'the README has no section "Try it"');
  const blocks = [...section.matchAll(/^```sh$(.*?)^```$/gms)].map(([, block = '']) => block);
  const withCurl = blocks.filter((block) => /\bcurl\b/.test(block));
  assert.equal(withCurl.length, 2, 'the README tries something else with curl than a purchase and an order');
  return withCurl.join('\n');
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
