/**
 * Every figure this project promises, measured on this machine: npm run bench -- [--quick] [--only ROW,…]
 * [--minutes N] [--json FILE] [--svg FILE]. README.md of this package says what each row is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { climbs } from './climbs.ts';
import { generatorCheck } from './load/generator-check.ts';
import { type Options, readOptions } from './options.ts';
import { drawChart } from './report/chart.ts';
import { formatNumber, type Measurement } from './report/figure.ts';
import { describeMachine, isBusy, type Machine, machine, processorTicks } from './report/machine.ts';
import { formatTable } from './report/table.ts';
import { type Stack, startStack } from './stack/stack.ts';

const minuteMs = 60_000;
const startedAt = performance.now();
const ticksBefore = processorTicks();
const say = (text: string) =>
  console.error(`${`${Math.round((performance.now() - startedAt) / 1_000)} s`.padStart(6)}  ${text}`);

const measure = async (stack: Stack, options: Options, signal: AbortSignal): Promise<void> => {
  const here = machine();
  if (isBusy(here)) say(`this machine is busy (load ${here.loadBefore}): the figures will be disturbed`);
  const measurements: Measurement[] = [];
  const deadline = startedAt + options.minutesMax * minuteMs;
  const run = { ...options, stack, deadline, measurements, signal, say };
  try {
    for (const climb of climbs) await climb.measure(run);
  } finally {
    await report(stack, options, here, measurements);
  }
};

/** Says what was measured, also where the rest was not. */
const report = async (
  { loader, observed }: Stack,
  options: Options,
  here: Machine,
  measurements: readonly Measurement[],
): Promise<void> => {
  const busiest = loader.busiest();
  const generator = await generatorCheck(loader).catch(() => undefined);
  const minutes = (performance.now() - startedAt) / minuteMs;
  console.log(`\n${formatTable(measurements)}\n`);
  console.log(`machine: ${describeMachine(here, observed.postgres)}`);
  const ticks = processorTicks();
  const stolen = (ticks.stolen - ticksBefore.stolen) / (ticks.all - ticksBefore.all);
  console.log(`a hypervisor gave ${Math.round(100 * stolen)} % of the processors' time to others meanwhile`);
  if (generator)
    console.log(
      `load generator: ${formatNumber(generator.perSecond)}/s against a server that does nothing; used at most ` +
        `${Math.round(100 * busiest)} % of a processor in a measured round`,
    );
  console.log(`took ${minutes.toFixed(1)} minutes`);
  const result = {
    machine: { ...here, stolen },
    generator: { ...generator, busiest },
    minutes,
    quick: options.quick,
    measurements,
  };
  write(options.json, `${JSON.stringify(result, null, 2)}\n`);
  write(options.svg, drawChart(measurements));
};

const write = (file: string, text: string) => {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
};

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Whoever asks twice does not want to wait: everything that was started ends with this process.
    if (interrupted.signal.aborted) process.exit(1);
    interrupted.abort(new Error(`ended by ${signal}`));
  });
try {
  const options = readOptions(
    process.argv.slice(2),
    climbs.flatMap(({ rows }) => rows),
  );
  const stack = await startStack(interrupted.signal);
  await measure(stack, options, interrupted.signal).finally(stack.close);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
