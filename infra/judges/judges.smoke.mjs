/**
 * What others wrote to judge APIs, and what they say of this one: nothing. A linter of OpenAPI documents, the parser of
 * AsyncAPI, and schemathesis, which sends what a document allows and what it forbids to a running service:
 *   npm run judges
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serviceNames, servicePort, servicePortSpan } from '@souk/contracts/services.ts';
import { root } from '../bootstrap/places.mjs';
import { freePorts, processes } from '../observability/processes.mjs';
import { npmJudges, schemathesisCommand } from './tools.mjs';

const setUpDeadlineMs = 600_000;
const lintDeadlineMs = 300_000;
const schemathesisDeadlineMs = 1_500_000;
const stopDeadlineMs = 60_000;
const outputMax = 64 * 1024 * 1024;
/** Cases that are tried for each operation, where the judge makes them up: always the same ones, so few are enough. */
const examplesMax = Number(process.env.JUDGES_EXAMPLES ?? 5);

const here = join(root, 'infra/judges');
const { start, stop } = processes(root);
/** @type {string} */
let folder;
/** @type {number} */
let portBase;
/** @type {string} */
let judges;
/** @type {ReturnType<typeof schemathesisCommand>} */
let schemathesis;

before(
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'souk-judges-'));
    portBase = await freePorts(servicePortSpan);
    const started = start(
      'node',
      ['infra/bootstrap/run.mjs', 'souk', 'up', '--port-base', `${portBase}`],
      'Souk is ready',
    );
    // Where they are missing they are installed beside its start.
    try {
      judges = npmJudges();
      schemathesis = schemathesisCommand();
    } finally {
      await started;
    }
  },
  { timeout: setUpDeadlineMs },
);

after(
  async () => {
    await stop();
    for (const path of [folder, join(root, '.souk', `${portBase}`)])
      rmSync(path, { recursive: true, force: true });
  },
  { timeout: stopDeadlineMs },
);

/** Runs a judge to its end. @param {string} command @param {string[]} args @returns {Promise<{ failed: boolean, output: string }>} */
const run = (command, args) =>
  new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, PYTHONPATH: here }, maxBuffer: outputMax };
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });

// A judge and a service keep one processor busy. Product has the most operations: first, so that it does not end last.
const longestFirst = serviceNames.toSorted((a, b) => Number(b === 'product') - Number(a === 'product'));
describe('each service', { concurrency: availableParallelism() }, () => {
  for (const service of longestFirst) {
    const documentUrl = () => `http://127.0.0.1:${servicePort(service, portBase)}/openapi.json`;

    test(`the OpenAPI linter has nothing to say of ${service}`, { timeout: lintDeadlineMs }, async () => {
      const document = await (await fetch(documentUrl())).text();
      const file = join(folder, `${service}.json`);
      writeFileSync(file, document);
      const redocly = join(judges, 'node_modules/@redocly/cli/bin/cli.js');
      const args = [redocly, 'lint', '--config', join(here, 'redocly.yaml'), '--format', 'stylish', file];
      const { failed, output } = await run('node', args);
      assert.ok(!failed, output);
      assert.match(output, /is valid/);
    });

    test(`schemathesis finds no answer of ${service} that its document does not allow`, {
      timeout: schemathesisDeadlineMs,
    }, async () => {
      const { command, args } = schemathesis;
      const config = ['--config-file', join(here, 'schemathesis.toml')];
      const bounded = [
        '--generation-deterministic',
        '--max-examples',
        `${examplesMax}`,
        '--continue-on-failure',
        '--no-color',
      ];
      const { failed, output } = await run(command, [...args, ...config, 'run', documentUrl(), ...bounded]);
      assert.ok(!failed, output);
      assert.match(output, /[1-9]\d* generated/);
    });
  }
});

test('the AsyncAPI parser has nothing to say of the events', { timeout: lintDeadlineMs }, async () => {
  const { Parser } = createRequire(join(judges, 'package.json'))('@asyncapi/parser');
  const document = execFileSync('node', [join(root, 'packages/contracts/src/print-asyncapi.ts')], {
    encoding: 'utf8',
  });
  const diagnostics = await new Parser().validate(document);
  assert.deepEqual(diagnostics, []);
  const broken = await new Parser().validate(document.replace('"3.1.0"', '"3.1.0", "channels": 1'));
  assert.notDeepEqual(broken, []);
});
