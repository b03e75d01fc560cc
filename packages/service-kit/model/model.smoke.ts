/**
 * Runs every possible order of steps of the models beside this file: as they are, where nothing may be wrong, and with
 * one safety line taken away at a time, where something must be. It needs `spin` and `gcc`:
 *   npm run model
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

const models = ['fence', 'relay', 'consumer', 'dead-letter'];
const depthMax = 10_000;
const outputMax = 16 * 1024 * 1024;
const searchTimeoutMs = 1_500_000;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'souk-model-'));
const sourceOf = (model: string): string => join(import.meta.dirname, `${model}.pml`);

interface Line {
  /** For C's preprocessor. */
  name: string;
  what: string;
  /** A bound other than that of the model, as NAME=VALUE. */
  bound: string | undefined;
}

/** The safety lines that can be taken away, as the comment at the beginning of a model lists them. */
const safetyLines = (model: string): Line[] => {
  const text = readFileSync(sourceOf(model), 'utf8');
  const lines = [...text.matchAll(/^ \* {3}([A-Z_]+) +(.*?)(?: \((FAULTS=\d+)\))?$/gm)].map(
    ([, name = '', what = '', bound]): Line => ({ name, what, bound }),
  );
  const used = [...text.matchAll(/^#(?:ifdef |ifndef |elif defined\()(\w+)/gm)].map(([, name]) => name);
  const names = new Set(['FAULTS', ...lines.map(({ name }) => name)]);
  assert.deepEqual(new Set(['FAULTS', ...used]), names, `the list in ${model}.pml is not what it uses`);
  return lines;
};

/**
 * Searches a model, and answers with the first error found. Throws unless there is one, or every state within the bounds
 * was seen. `endless` searches for a run without an end, too.
 */
const search = async (model: string, defines: readonly string[], endless = false) => {
  const cwd = mkdtempSync(join(folder, 'search-'));
  await run('spin', [...defines.map((define) => `-D${define}`), '-a', sourceOf(model)], { cwd });
  // To compile one takes as long as to search most: -O2 takes twice as long, and searches no faster.
  await run('gcc', ['-O1', '-w', endless ? '-DNP' : '-DSAFETY', '-o', 'pan', 'pan.c'], { cwd });
  // Where a run ends every process waits for something. Whether that is right, an assertion says.
  const options = [endless ? '-l' : '-E', `-m${depthMax}`];
  const limits = { maxBuffer: outputMax, timeout: searchTimeoutMs };
  const { stdout: report } = await run(join(cwd, 'pan'), options, { cwd, ...limits });
  rmSync(cwd, { recursive: true });
  const found = (pattern: RegExp) => pattern.exec(report)?.[1];
  const error = found(/^pan:\d+: (.*) \(at depth/m);
  const isWhole = /errors: 0$/m.test(report) && !/not completed|max search depth|out of memory/.test(report);
  assert.ok(error || isWhole, `the search was not complete:\n${report}`);
  return {
    error,
    states: Number(found(/(\d+) states, stored/)).toLocaleString('en'),
    seconds: Number(found(/elapsed time ([\d.]+) seconds/) ?? 0).toFixed(1),
  };
};

const rows = ['| model | without | states | seconds | found |', '|---|---|---|---|---|'];

after(() => {
  rmSync(folder, { recursive: true });
  console.log(rows.join('\n'));
});

describe('the model', { concurrency: availableParallelism() }, () => {
  for (const model of models) {
    const check = (
      title: string,
      without: string,
      judge: (error?: string) => void,
      ...how: [string[], boolean?]
    ) => {
      const place = rows.push('') - 1;
      test(`${model}: ${title}`, async () => {
        const { error, states, seconds } = await search(model, ...how);
        rows[place] = `| ${model} | ${without} | ${states} | ${seconds} | ${error ?? 'nothing wrong'} |`;
        judge(error);
      });
    };
    const rightly = (error?: string) => assert.equal(error, undefined);
    const wrongly = (error?: string) => assert.ok(error, 'nothing is wrong without it: what is it for?');

    check('nothing goes wrong in any order of the steps', '–', rightly, []);
    check('every run comes to an end', '– (every run ends)', rightly, ['FAULTS=1'], true);
    for (const { name, what, bound } of safetyLines(model))
      check(`something goes wrong without ${what}`, what, wrongly, bound ? [name, bound] : [name]);
  }
});
