import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { toolchainFolder } from './places.mjs';
import { logHint, runLogged } from './progress.mjs';

const nodeVersion = '24.21.0';
const pnpmVersion = '12.21.0';
/** crypto.argon2 came with 24.7. Other majors are not tried: the Kafka client is compiled against V8. */
const nodeMajor = 24;
const nodeMinorMin = 7;
const unfinishedPrefix = '.unfinished-';

/**
 * Node 24 and pnpm, installed into .toolchain when the machine's own will not do. Each goes into place by one rename,
 * so an interrupted install leaves nothing half-done.
 *
 * @returns {Promise<{ node: string, nodeVersion: string, env: NodeJS.ProcessEnv }>} the path of Node, and the
 *   environment in which both are first on the PATH
 */
export const ensureToolchain = async () => {
  const nodeHome = usableOwnNode() ?? (await installedNode());
  const node = join(nodeHome, 'bin/node');
  const { stdout: version, error } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (error) throw new Error(`Node ${nodeMajor} does not run here as this user: ${error.message}`);
  const pnpmHome = await installed(`pnpm-${pnpmVersion}`, `pnpm@${pnpmVersion}`, linkPnpm(nodeHome));
  const path = [dirname(node), join(pnpmHome, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  return {
    node,
    nodeVersion: version.trim(),
    env: {
      ...process.env,
      PATH: path,
      // Where the Kafka client has to be compiled: against the system's OpenSSL, with the headers of this Node.
      CKJS_LINKING: 'dynamic',
      npm_config_nodedir: nodeHome,
    },
  };
};

/** The home of the Node that runs this, when it is new enough and has its headers beside it. */
const usableOwnNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const home = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(home, 'include/node/node.h'));
  return major === nodeMajor && minor >= nodeMinorMin && hasHeaders ? home : undefined;
};

/** The package `node` would only fetch this one, by an install script; npm may be told to run none. */
const installedNode = async () => {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await installed(`node-${nodeVersion}`, `${name}@${nodeVersion}`, () => undefined);
  return join(folder, 'node_modules', name);
};

/**
 * @param {string} label
 * @param {string} spec
 * @param {(folder: string) => void} finish
 * @returns {Promise<string>} its folder
 */
const installed = async (label, spec, finish) => {
  const folder = join(toolchainFolder, label);
  if (existsSync(folder)) return folder;
  mkdirSync(toolchainFolder, { recursive: true });
  for (const left of readdirSync(toolchainFolder).filter((name) => name.startsWith(unfinishedPrefix))) {
    try {
      rmSync(join(toolchainFolder, left), { recursive: true, force: true });
    } catch {
      // An npm that was interrupted a moment ago still writes there: it is left to the next installation.
    }
  }
  const unfinished = join(toolchainFolder, `${unfinishedPrefix}${process.pid}`);
  mkdirSync(unfinished);
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const args = ['install', '--prefix', unfinished, ...quiet, spec];
  const { code, lastLines } = await runLogged(`Installing ${label.replace('-', ' ')}`, 'npm', args);
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(
      `npm could not install ${spec}; if there is no package for this system, install Node ${nodeMajor} yourself and start again.\n${lastLines.join('\n')}\n${logHint()}`,
    );
  }
  finish(unfinished);
  renameSync(unfinished, folder);
  return folder;
};

/** What pnpm's install script does: it puts the native program in the place of its stand-in. */
const linkPnpm = (/** @type {string} */ nodeHome) => (/** @type {string} */ folder) => {
  const script = join(folder, 'node_modules/pnpm/install.js');
  const { status, stderr } = spawnSync(join(nodeHome, 'bin/node'), [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`pnpm does not run on this system: ${stderr}`);
};
