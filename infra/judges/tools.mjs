import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installed, installedFromNpm } from '../bootstrap/installed.mjs';

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
export const npmJudges = () => installedFromNpm('judges-redocly-2.77.0-asyncapi-3.6.6', npmPackages);
