import { parseArgs } from 'node:util';
import type { Effort } from './load/compare.ts';

export interface Options {
  quick: boolean;
  only: ReadonlySet<string>;
  json: string;
  svg: string;
  effort: Effort;
  /** The sizes of the data, as multiples of the smallest. */
  growths: readonly number[];
  minutesMax: number;
}

/** Reads the command line. Throws an Error for the user. */
export const readOptions = (args: string[], rows: readonly string[]): Options => {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'string', default: '.souk/bench/bench.json' },
      svg: { type: 'string', default: '.souk/bench/bench.svg' },
      minutes: { type: 'string' },
    },
  });
  const only = new Set(values.only.split(',').filter(Boolean));
  for (const name of only)
    if (!rows.includes(name)) throw new Error(`there is no row ${name}; there are ${rows.join(', ')}`);
  const preset = values.quick ? quick : whole;
  const minutesMax = Number(values.minutes ?? preset.minutesMax);
  if (!(minutesMax > 0)) throw new Error(`--minutes ${values.minutes} is not a number of minutes`);
  const options = { ...values, ...preset, minutesMax };
  if (!values.quick || only.size > 0) return { ...options, only };
  return { ...options, only: new Set(rows.filter((name) => !withoutGoal.test(name))) };
};

const withoutGoal = /^(checkouts|rebuild-beside-.*|freshness-stages)$/;

const quick = {
  effort: { rounds: 3, roundMs: 1_000, warmUpMs: 1_000 },
  growths: [1, 10],
  minutesMax: 4,
};

const whole = {
  effort: { rounds: 5, roundMs: 1_200, warmUpMs: 1_500 },
  growths: [1, 10, 100],
  minutesMax: 15,
};
