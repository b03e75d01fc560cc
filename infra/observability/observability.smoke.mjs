/**
 * What an operator sees: a mesh under the demo's load, a real Prometheus with this repository's rules, and every query
 * of every dashboard, recording rule and alert. Needs prometheus and promtool (Debian: prometheus) and redis-server:
 *   node --test infra/observability/observability.smoke.mjs      (with Node 24)
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serviceNames, servicePort, servicePortSpan } from '@souk/contracts/services.ts';
import { eventually } from '../../packages/testing/src/eventually.ts';
import { checkQueries } from './check-queries.mjs';
import { freePorts, processes } from './processes.mjs';
import { prometheusClient } from './prometheus-client.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rules = join(root, 'prometheus/rules/*.yml');

const startDeadlineMs = 600_000;
/** The rules of the objectives are evaluated every 30 s, and some need what others recorded before. */
const dataDeadlineMs = 480_000;
const stopDeadlineMs = 150_000;
const waiting = { timeoutMs: dataDeadlineMs, intervalMs: 2_000 };
const readIntervalMs = 250;
/** What a scrape costs grows with it; the time it takes is that of the machine. */
const scrapeBytesMax = 200_000;
/** Of promtool's garbage, a fifth of its work. */
const rareCollections = { ...process.env, GOGC: '400' };
/** Bounded in itself, should nobody stop it; longer than all deadlines together. */
const demo = ['--rate', '20', '--users', '30', '--products', '40', '--duration', '1h'];

/** @type {string} */
let folder;
/** @type {number} */
let portBase;
/** @type {string} */
let prometheus;
const { start, stop } = processes(root);
const stopping = new AbortController();
/** @type {Promise<void>} */
let reading = Promise.resolve();

/** What shoppers do not do in the demo: they look at recommendations, and their shop at its figures. */
const readLoop = async () => {
  const paths = [
    [2, '/api/v1/recommendations?limit=10'],
    [2, '/api/v1/recommendations?strategy=trending&limit=10'],
    [3, '/api/v1/analytics/summary?window=1h'],
  ];
  for (let turn = 0; !stopping.signal.aborted; turn += 1) {
    const [service = 0, path] = paths[turn % paths.length] ?? [];
    // Twice: the second answer comes from the cache.
    for (let time = 0; time < 2; time += 1)
      await fetch(`http://127.0.0.1:${portBase + Number(service)}${path}`)
        .then((response) => response.arrayBuffer())
        .catch(() => undefined);
    await pause(readIntervalMs);
  }
};

const startPrometheus = async () => {
  const port = await freePorts(1);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '5s' },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'souk',
        honor_labels: true,
        static_configs: serviceNames.map((service) => ({
          targets: [`127.0.0.1:${servicePort(service, portBase)}`],
          labels: { service },
        })),
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const options = {
    'config.file': join(folder, 'prometheus.yml'),
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': `127.0.0.1:${port}`,
    'log.level': 'info',
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  await start('prometheus', args, 'Server is ready to receive web requests');
  return `http://127.0.0.1:${port}`;
};

before(
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'souk-observability-'));
    portBase = await freePorts(servicePortSpan);
    await start(
      'node',
      ['infra/bootstrap/run.mjs', 'souk', 'up', '--port-base', `${portBase}`],
      'Souk is ready',
    );
    prometheus = await startPrometheus();
    await start(
      'node',
      ['infra/bootstrap/run.mjs', 'souk', 'demo', '--port-base', `${portBase}`, ...demo],
      'Ctrl-C ends it',
    );
    reading = readLoop();
  },
  { timeout: startDeadlineMs },
);

after(
  async () => {
    stopping.abort();
    await reading;
    await stop();
    // Of the temporary files, and of the logs that a mesh on ports of its own keeps.
    for (const path of [folder, join(root, '.souk', `${portBase}`)])
      rmSync(path, { recursive: true, force: true });
  },
  { timeout: stopDeadlineMs },
);

test('rules and configuration are valid; every alert fires when it should, and only then', async () => {
  const promtool = async (/** @type {string[]} */ ...args) =>
    (await promisify(execFile)('promtool', args, { cwd: root, env: rareCollections })).stdout;
  assert.match(await promtool('check', 'config', 'prometheus/prometheus.yml'), /2 rule files found/);
  assert.match(await promtool('check', 'rules', 'prometheus/rules/recording.yml'), /SUCCESS/);
  assert.match(await promtool('check', 'rules', 'prometheus/rules/alerts.yml'), /SUCCESS/);
  const outputs = await Promise.all(
    ['alerts', 'budgets', 'business'].map((name) =>
      promtool('test', 'rules', `prometheus/tests/${name}.test.yml`),
    ),
  );
  for (const output of outputs) assert.match(output, /SUCCESS/);
});

test('Prometheus reaches every service', { timeout: dataDeadlineMs }, async () => {
  await eventually(async () => {
    const targets = await prometheusClient(prometheus).targets();
    const up = targets.filter(({ health }) => health === 'up').map(({ service }) => service);
    assert.deepEqual(up.sort(), [...serviceNames].sort());
  }, waiting);
});

test('every query of the dashboards, rules and alerts runs and has the data it should have, and every metric is shown', {
  timeout: dataDeadlineMs + 60_000,
}, async () => {
  const report = await eventually(async () => {
    const { problems, ...counts } = await checkQueries(prometheus);
    assert.deepEqual(problems, []);
    return counts;
  }, waiting);
  assert.ok(report.queries > 150, `only ${report.queries} queries`);
  console.log(`${report.queries} queries, ${report.selectors} selectors, ${report.metrics} metrics`);
});

test('each service keeps its /metrics small under load', async (t) => {
  for (const service of serviceNames) {
    const url = `http://127.0.0.1:${servicePort(service, portBase)}/metrics`;
    const { durationMs, bytes } = await scrape(url);
    t.diagnostic(`${service}: /metrics in ${durationMs.toFixed(1)} ms, ${bytes} bytes`);
    assert.ok(bytes < scrapeBytesMax, `${service}: ${bytes} bytes`);
  }
});

/** From the request to the last byte. @param {string} url */
const scrape = async (url) => {
  const begin = performance.now();
  const response = await fetch(url);
  const { byteLength } = await response.arrayBuffer();
  assert.equal(response.status, 200, url);
  return { durationMs: performance.now() - begin, bytes: byteLength };
};
