/**
 * Prints a line for each failed test of a report of vitest (or .ci/smoke-reporter.mjs), and for each that passed at its
 * second try: node .ci/failures.mjs REPORT
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const linesMax = 6;
const nameMax = 160;
const messageMax = 240;

/** @typedef {{ status: string, fullName: string, failureMessages: string[] }} Test */
/** @typedef {{ name: string, status: string, message?: string, assertionResults: Test[] }} File */

/** The beginning of a text, without its stack, on one line. */
const short = (/** @type {string} */ text, /** @type {number} */ max) =>
  stripVTControlCharacters(text)
    .split(/\n\s+at /)[0]
    ?.replace(/\s+/g, ' ')
    .slice(0, max) ?? '';

const linesOf = (/** @type {File} */ { name, status, message = '', assertionResults: tests }) => {
  const file = name && `${relative(process.cwd(), name)} > `;
  // A file that did not load has no tests.
  if (status === 'failed' && tests.every((test) => test.status !== 'failed'))
    return [`  FAILED ${file}${short(message, messageMax)}`];
  return tests.flatMap(({ status: ended, fullName, failureMessages: [first = ''] }) => {
    if (ended !== 'failed' && first === '') return [];
    const what = ended === 'failed' ? 'FAILED' : 'SECOND TRY';
    return [`  ${what} ${short(file + fullName, nameMax)}: ${short(first, messageMax)}`];
  });
};

/** @type {{ testResults?: File[] }} */
const { testResults = [] } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8') || '{}');
// Second tries behind what failed.
const lines = testResults.flatMap(linesOf).sort();
for (const line of lines.slice(0, linesMax)) console.log(line);
if (lines.length > linesMax) console.log(`  and ${lines.length - linesMax} more`);
