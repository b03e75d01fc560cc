import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolchainFolder } from '../bootstrap/places.mjs';

const schemathesis = 'schemathesis==4.32.0';
const npmPackages = ['@redocly/cli@2.77.0', '@asyncapi/parser@3.6.6'];

/** The path of `schemathesis`, in a Python environment of its own. Needs python3 with venv. */
export const schemathesisCommand = () => {
  const folder = installed(schemathesis.replace('==', '-'), (unfinished) => {
    execFileSync('python3', ['-m', 'venv', unfinished], { stdio: 'inherit' });
    // By module: the scripts of an environment name the folder it was made in.
    execFileSync(join(unfinished, 'bin/python'), ['-m', 'pip', 'install', '--quiet', schemathesis], {
      stdio: 'inherit',
    });
  });
  return { command: join(folder, 'bin/python'), args: ['-m', 'schemathesis.cli'] };
};

/** The folder whose node_modules hold the judges from npm; they have hundreds of dependencies, so they stay apart. */
export const npmJudges = () =>
  installed('judges-redocly-2.77.0-asyncapi-3.6.6', (unfinished) => {
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--ignore-scripts'];
    execFileSync('npm', ['install', '--prefix', unfinished, ...quiet, ...npmPackages], { stdio: 'inherit' });
  });

/**
 * Its folder below .toolchain, which goes into place by one rename.
 *
 * @param {string} name
 * @param {(unfinished: string) => void} install
 */
const installed = (name, install) => {
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
