import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { importProgress } from '../import/import-progress.ts';
import { phaseProgress } from './phase-progress.ts';

/** What a person sees of some counts: every state that the stream was given. */
const shown = (isTTY: boolean, counts: [phase: string, done: number, total: number][]): string[] => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const progress = importProgress(stream as unknown as NodeJS.WriteStream);
  const report = phaseProgress(progress);
  for (const count of counts) report(...count);
  progress.end();
  return stripVTControlCharacters(String(stream.read()))
    .split(/[\r\n]/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
};

const counts: Parameters<typeof shown>[1] = [
  ['training', 1_000, 4_000],
  ['training', 4_000, 4_000],
  ['questions', 1, 300],
  ['questions', 300, 300],
  // The same again, of the other split.
  ['training', 500, 2_000],
];

test('shows on a terminal a bar that begins again with each phase, and is gone at the end', () => {
  const [text, ...others] = shown(true, counts);
  const phases = [
    /^training \[ {40}\] 0\/4,000 .*training \[={40}\] 4,000\/4,000 {2}[\d,]+\/s/,
    /questions \[ {40}\] 0\/300 .*questions \[={40}\] 300\/300 {2}[\d,]+\/s/,
    /training \[ {40}\] 0\/2,000 .*training \[={10} {30}\] 500\/2,000 {2}[\d,]+\/s$/,
  ];
  expect(text).toMatch(new RegExp(phases.map(({ source }) => source).join(' +')));
  expect(others).toEqual([]);
});

test('shows on a terminal a phase of unknown length by its name', () => {
  expect(shown(true, [['tuning item-kNN', 0, 0]])).toEqual(['tuning item-kNN …']);
});

test('tells elsewhere how each phase begins and how far it came', () => {
  const lines = shown(false, counts).map((line) => line.replace(/ {2}[\d,]+\/s$/, ''));
  expect(lines).toEqual([
    'training: 0 of 4,000',
    'training: 4,000 of 4,000',
    'questions: 0 of 300',
    'questions: 300 of 300',
    'training: 0 of 2,000',
    'training: 500 of 2,000',
  ]);
});
