/**
 * The one entrance for a bare machine, behind every npm script: node run.mjs TASK [arguments].
 * Plain JavaScript for Node 20. It brings Node 24, pnpm and the packages where they are missing, then hands over.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { root } from './places.mjs';
import { say } from './progress.mjs';
import { ensureToolchain } from './toolchain.mjs';

const parentPollMs = 1_000;
/** What Node has compiled once it need not compile at the next start: a service and `souk` load in half the time. */
const compiled = join(root, 'node_modules/.cache/compiled');
const checks = [
  'typecheck',
  'check:compatibility',
  'check:generated',
  'check:lint',
  'check:boundaries',
  'check:dead-code',
  'check:scripts',
];

const main = async (/** @type {string | undefined} */ task, /** @type {string[]} */ args) => {
  const start = task && tasks[task];
  if (!start) throw new Error(`usage: run.mjs ${Object.keys(tasks).join('|')} [arguments]`);
  const toolchain = await oneAtATime(async () => {
    const tools = await ensureToolchain();
    await ensureDependencies(tools);
    return tools;
  });
  return start(toolchain, args);
};

/** @typedef {Awaited<ReturnType<typeof ensureToolchain>>} Toolchain */

/** @typedef {(toolchain: Toolchain, args: string[]) => number | Promise<number>} Task */

/** A script of this repository, with what was given behind it. @returns {Task} */
const script =
  (/** @type {string} */ path, /** @type {string[]} */ ...first) =>
  (toolchain, args) =>
    run(toolchain, [join(root, path), ...first, ...args]);

/** Tests of Node's own runner. @returns {Task} */
const nodeTests = (/** @type {string} */ path) => (toolchain, args) =>
  run(toolchain, ['--test', ...args, join(root, path)]);

const vitest = script('node_modules/vitest/vitest.mjs', 'run');

/** @type {Record<string, Task>} */
const tasks = {
  setup: () => 0,
  node: (toolchain, args) => run(toolchain, args),
  pnpm: (toolchain, args) => run({ ...toolchain, node: 'pnpm' }, args),
  up: (toolchain, args) => souk(toolchain, ['up', ...args]),
  souk: (toolchain, args) => souk(toolchain, args),
  check: (toolchain) => check(toolchain, {}),
  test: async (toolchain, args) => {
    /** @type {string[]} */
    const output = [];
    // Beside the tests, which wait a lot; it speaks when they have ended.
    const checking = check(toolchain, { onOutput: (text) => output.push(text) });
    const tested = await vitest(toolchain, ['--project=!acceptance', ...args]);
    const checked = await checking;
    say(
      'Not in npm test: npm run acceptance, which drives, kills and floods whole meshes (about ten minutes).',
    );
    if (checked !== 0) say(`${output.join('')}npm run check has failed: see above.`);
    return tested || checked;
  },
  acceptance: (toolchain, args) => vitest(toolchain, ['--project', 'acceptance', ...args]),
  vitest,
  // vitest.config.ts says which suites.
  'test:containers': ({ env, ...toolchain }, args) =>
    vitest({ ...toolchain, env: { ...env, TEST_INFRASTRUCTURE: 'containers' } }, [
      ...['--project', 'integration'],
      ...args,
    ]),
  bench: script('packages/acceptance/src/bench/main.ts'),
  chaos: script('packages/acceptance/src/chaos/main.ts'),
  model: nodeTests('packages/service-kit/model/model.smoke.ts'),
  judges: nodeTests('infra/judges/judges.smoke.mjs'),
  manifests: script('infra/helm/write-overlays.mjs'),
  sbom: script('infra/supply-chain/sbom.mjs'),
  audit: script('infra/supply-chain/audit.mjs'),
};

const souk = (/** @type {Toolchain} */ toolchain, /** @type {string[]} */ args) =>
  run(toolchain, [join(root, 'packages/souk/src/main.ts'), ...args], { inPlace: true });

const check = (
  /** @type {Toolchain} */ toolchain,
  /** @type {{ onOutput?: (text: string) => void }} */ options,
) =>
  run(
    toolchain,
    [join(root, 'node_modules/turbo/bin/turbo'), 'run', ...checks, '--output-logs=errors-only', '--continue'],
    options,
  );

/**
 * Runs a script under Node 24 as if it had been started itself: same terminal, signals passed on. The open channel
 * tells `souk` when this process dies without having had the chance to pass anything on.
 *
 * @param {Toolchain} toolchain
 * @param {string[]} args
 * @param {{ inPlace?: boolean, onOutput?: (text: string) => void }} options inPlace: in the folder of the caller, where
 *   its relative paths are meant; onOutput takes what it says
 * @returns {Promise<number>} its exit code
 */
const run = ({ node, env }, args, { inPlace = false, onOutput } = {}) => {
  const child = spawn(node, args, {
    cwd: inPlace ? (process.env.INIT_CWD ?? process.cwd()) : root,
    env: {
      ...env,
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      NODE_COMPILE_CACHE: compiled,
    },
    stdio: onOutput
      ? ['ignore', 'pipe', 'pipe']
      : inPlace
        ? ['inherit', 'inherit', 'inherit', 'ipc']
        : 'inherit',
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => onOutput?.(String(chunk)));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  // On a terminal, Ctrl-C reaches the child by itself.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  if (process.env.npm_lifecycle_event) onParentGone(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
};

/** An npm that is killed cannot pass a signal on; then this process gets another parent. */
const onParentGone = (/** @type {() => void} */ act) => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, parentPollMs);
  timer.unref();
};

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  say(`souk: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
