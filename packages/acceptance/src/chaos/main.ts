/**
 * Faults on a whole mesh with a real Kafka, under load, and the check that nothing was lost and nothing counted twice:
 *   npm run chaos -- [--minutes 5 | --cycles N] [--seed N] [--schedule FILE] [--fault PART_OF_A_NAME] [--out FOLDER]
 * A seed gives the same schedule again; --schedule repeats one that a run has written. A failing run is shrunk to a
 * short schedule. Exits with 1 where something was found.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultRows, table } from './report.ts';
import { type Ran, runCycles } from './run.ts';
import { endlessSchedule, type PlannedCycle, readSchedule, writeSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';

const seeds = 1_000_000;
const minutesDefault = 5;
const shrinkTriesMax = 16;
const shrinkMinutesMax = 15;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    cycles: { type: 'string' },
    seed: { type: 'string' },
    schedule: { type: 'string' },
    fault: { type: 'string', default: '' },
    out: { type: 'string', default: '.souk/chaos' },
  },
});
const { out } = options;

const numberOf = (name: 'minutes' | 'cycles' | 'seed', fallback: number): number => {
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
  const minutes = numberOf('minutes', options.cycles || given ? Number.POSITIVE_INFINITY : minutesDefault);
  const ran = await runCycles({
    plan: (available) =>
      given?.cycles ??
      endlessSchedule(
        seed,
        available.filter(({ name }) => name.includes(options.fault)),
      ),
    cyclesMax: numberOf('cycles', Number.POSITIVE_INFINITY),
    untilMs: performance.now() + 60_000 * minutes,
    logFolder: out,
  });
  if (ran.cycles.length === 0) throw new Error('no cycle was run');
  const findings = report(seed, ran);
  if (findings === 0) return 0;
  await shrinkRun(
    seed,
    ran.cycles.map(({ planned }) => planned),
  );
  return 1;
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
  const mayTry = () => tries < shrinkTriesMax && performance.now() < untilMs;
  const fails = async (some: readonly PlannedCycle[]) => {
    tries += 1;
    console.log(`\nAgain, with ${some.length} of ${cycles.length} cycles:`);
    const ran = await runCycles({
      ...{ plan: () => some, cyclesMax: some.length, untilMs, logFolder },
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

// Everything it has started ends with it, and the small disks go.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
// A client of Kafka that was opened while the broker was away keeps the process alive.
process.exit(await main());
