/**
 * Takes the safety lines of the code away, one at a time, and runs the test that must notice:
 *   node packages/service-kit/model/mutate.ts [PART OF A LINE'S NAME]
 * It changes files of the working tree and puts them back; it refuses to begin where they differ from the commit.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutation, mutations } from './mutations.ts';

const root = join(import.meta.dirname, '../../..');
const sources = join(import.meta.dirname, '../src');
const folder = mkdtempSync(join(tmpdir(), 'souk-mutate-'));

const main = () => {
  execFileSync('git', ['diff', '--quiet', 'HEAD', '--', sources], { cwd: root });
  const chosen = mutations.filter(({ line }) => line.includes(process.argv[2] ?? ''));
  const survivors = chosen.filter((mutation) => {
    const caught = isCaught(mutation);
    console.log(`| ${mutation.line} | ${caught ? mutation.test[1] : '**nothing notices**'} |`);
    return !caught;
  });
  rmSync(folder, { recursive: true });
  process.exitCode = survivors.length > 0 ? 1 : 0;
};

const isCaught = ({ file, from, to, test: [testFile, title] }: Mutation): boolean => {
  const path = join(sources, file);
  const original = readFileSync(path, 'utf8');
  try {
    writeFileSync(
      path,
      original.replace(from, () => to),
    );
    return fails(testFile, title);
  } finally {
    writeFileSync(path, original);
  }
};

/** Whether the test runs and fails. Throws when there is no such test. */
const fails = (file: string, title: string): boolean => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const pattern = title.replaceAll(/[^\w ]/g, '.');
  const report = join(folder, 'report.json');
  const options = ['--retry=0', '--reporter=json', `--outputFile=${report}`, '-t', pattern];
  spawnSync(process.execPath, [vitest, 'run', ...options, join(sources, file)], { cwd: root });
  const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  if (numFailedTests + numPassedTests === 0) throw new Error(`no test has run: ${title}`);
  return numFailedTests > 0;
};

main();
