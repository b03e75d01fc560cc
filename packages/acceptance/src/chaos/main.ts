/**
 * Faults on a whole mesh with a real Kafka, under load, and the check that nothing was lost and nothing counted twice:
 *   npm run chaos -- [--minutes 5 | --cycles N | --every-fault-once] [--seed N [--cycle N]] [--schedule FILE]
 *     [--fault PART_OF_A_NAME] [--no-shrink] [--out FOLDER]
 * A seed gives the same schedule again, and --cycle one cycle of it alone; --schedule repeats one that a run has
 * written. A failing run is shrunk to a short schedule. Exits with 1 where something was found.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../random.ts';
import type { Fault } from './fault.ts';
import { failureLines, faultRows, table } from './report.ts';
import { type Ran, runCycles } from './run.ts';
import {
  endlessSchedule,
  everyFaultOnce,
  fromCycle,
  type PlannedCycle,
  readSchedule,
  writeSchedule,
} from './schedule.ts';
import { shrink } from './shrink.ts';

const seeds = 1_000_000;
const minutesDefault = 5;
const shrinkTriesMax = 16;
const shrinkMinutesMax = 15;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    cycles: { type: 'string' },
    'every-fault-once': { type: 'boolean', default: false },
    seed: { type: 'string' },
    cycle: { type: 'string' },
    schedule: { type: 'string' },
    fault: { type: 'string', default: '' },
    shrink: { type: 'boolean', default: true },
    out: { type: 'string', default: '.souk/chaos' },
  },
  allowNegative: true,
});
const { out } = options;

// Ctrl-C ends the run after its cycle, with the table. Otherwise everything that was started ends with this process,
// and the small disks go.
const ending = new AbortController();
process.on('SIGINT', () => {
  if (ending.signal.aborted) process.exit(1);
  ending.abort();
  console.log('No further cycle begins. Once more to end at once.');
});
process.once('SIGTERM', () => process.exit(1));

const numberOf = (name: 'minutes' | 'cycles' | 'seed' | 'cycle', fallback: number): number => {
  const given = options[name];
  if (given !== undefined && !/^\d+(\.\d+)?$/.test(given))
    throw new Error(`--${name} must be a number, not ${given}`);
  return given === undefined ? fallback : Number(given);
};

const main = async (): Promise<number> => {
  mkdirSync(out, { recursive: true });
  const given = options.schedule === undefined ? undefined : readSchedule(options.schedule);
  const seed = given?.seed ?? numberOf('seed', Math.floor(Math.random() * seeds));
  console.log(`seed ${seed}${given ? `, schedule ${options.schedule}` : ''}`);
  const firstCycle = numberOf('cycle', 1);
  const isLimited = options.cycles || options.cycle || options['every-fault-once'] || given;
  const minutes = numberOf('minutes', isLimited ? Number.POSITIVE_INFINITY : minutesDefault);
  const ran = await runCycles({
    plan: (available) => fromCycle(firstCycle, given?.cycles ?? planOf(seed, available)),
    cyclesMax: numberOf('cycles', options.cycle ? 1 : Number.POSITIVE_INFINITY),
    untilMs: performance.now() + 60_000 * minutes,
    ending: ending.signal,
    logFolder: out,
  });
  if (ran.cycles.length === 0 && !ending.signal.aborted) throw new Error('no cycle was run');
  const findings = report(seed, ran);
  if (findings === 0) return ending.signal.aborted ? 1 : 0;
  const cycles = ran.cycles.map(({ planned }) => planned);
  if (options.shrink && !ending.signal.aborted) await shrinkRun(seed, cycles);
  // The last lines, where one looks first.
  for (const line of failureLines(ran.cycles)) console.log(`FAILED: ${line}`);
  const part = options.fault && ` --fault '${options.fault}'`;
  const same = options.schedule ? `--schedule ${options.schedule}` : `--seed ${seed}${part}`;
  console.log(`FAILED: again: npm run chaos -- ${same} --cycle ${firstCycle - 1 + ran.cycles.length}`);
  return 1;
};

const planOf = (seed: number, available: readonly Fault[]): Iterable<PlannedCycle> => {
  const faults = available.filter(({ name }) => name.includes(options.fault));
  if (options['every-fault-once']) return everyFaultOnce(seededRandom(seed), faults);
  return endlessSchedule(seed, faults);
};

const report = (seed: number, { cycles, missing }: Ran): number => {
  const scheduleFile = join(out, 'schedule.json');
  writeSchedule(scheduleFile, { seed, cycles: cycles.map(({ planned }) => planned) });
  const rows = faultRows(cycles);
  const failed = cycles.filter(({ result }) => result.findings.length > 0).length;
  const counts = { passed: cycles.length - failed, failed, skipped: missing.length };
  writeFileSync(
    join(out, 'report.json'),
    `${JSON.stringify({ ...counts, seed, rows, cycles }, undefined, 2)}\n`,
  );
  const acknowledged = cycles.reduce((sum, { result }) => sum + result.acknowledged, 0);
  console.log(`\n${table(rows)}\n`);
  console.log(
    `${cycles.length} cycles, ${acknowledged} activities acknowledged, ${failed} cycles with findings`,
  );
  console.log(`To repeat it: npm run chaos -- --schedule ${scheduleFile}`);
  return failed;
};

/** The last cycle alone is tried first; then parts of the whole schedule. Then the faults of what is left. */
const shrinkRun = async (seed: number, cycles: readonly PlannedCycle[]): Promise<void> => {
  // The logs of the run that found something stay.
  const logFolder = join(out, 'shrunk');
  mkdirSync(logFolder, { recursive: true });
  const untilMs = performance.now() + 60_000 * shrinkMinutesMax;
  let tries = 0;
  const mayTry = () => tries < shrinkTriesMax && performance.now() < untilMs && !ending.signal.aborted;
  const fails = async (some: readonly PlannedCycle[]) => {
    tries += 1;
    console.log(`\nAgain, with ${some.length} of ${cycles.length} cycles:`);
    const ran = await runCycles({
      ...{ plan: () => some, cyclesMax: some.length, untilMs, ending: ending.signal, logFolder },
    });
    return ran.cycles.some(({ result }) => result.findings.length > 0);
  };
  const last = cycles.slice(-1);
  const short = (await fails(last)) ? last : await shrink(cycles, fails, mayTry);
  const single = short.flatMap((cycle) => cycle.map((fault) => [fault]));
  const shortest = single.length > short.length ? await shrink(single, fails, mayTry) : short;
  const kept = shortest.length < single.length ? shortest : short;
  const file = join(out, 'shortest.json');
  writeSchedule(file, { seed, cycles: kept });
  console.log(`\nThe shortest schedule found: ${file}, ${kept.length} of ${cycles.length} cycles`);
};

// A client of Kafka that was opened while the broker was away keeps the process alive.
process.exit(await main());
