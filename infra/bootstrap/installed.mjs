import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolchainFolder } from './places.mjs';

/**
 * The folder of a tool below .toolchain, which goes into place by one rename.
 *
 * @param {string} name
 * @param {(unfinished: string) => void} install
 */
export const installed = (name, install) => {
  const folder = join(toolchainFolder, name);
  if (existsSync(folder)) return folder;
  const unfinished = join(toolchainFolder, `.unfinished-${name}-${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    install(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
};

/**
 * A folder whose node_modules hold packages of npm that only tests of the infrastructure need.
 *
 * @param {string} name
 * @param {string[]} packages each with its version
 */
export const installedFromNpm = (name, packages) =>
  installed(name, (unfinished) => {
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--ignore-scripts'];
    execFileSync('npm', ['install', '--prefix', unfinished, ...quiet, ...packages], { stdio: 'inherit' });
  });
