/**
 * Every figure this project promises, measured on this machine: npm run bench -- [--quick] [--only ROW,…] [--json FILE]
 * [--svg FILE]. README.md of this package says what each row is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Run } from './climb.ts';
import { climbs } from './climbs.ts';
import { generatorCheck } from './load/generator-check.ts';
import { formatNumber } from './report/figure.ts';
import { isBusy, machine } from './report/machine.ts';
import { formatTable } from './report/table.ts';
import { startStack } from './stack/stack.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: '.souk/bench/bench.json' },
  },
});
const rowNames = climbs.flatMap(({ rows }) => rows);
const only = new Set(values.only.split(',').filter(Boolean));
for (const name of only)
  if (!rowNames.includes(name)) throw new Error(`there is no row ${name}; the rows: ${rowNames.join(', ')}`);

const minuteMs = 60_000;
const startedAt = performance.now();
const say = (text: string) =>
  console.error(`${`${Math.round((performance.now() - startedAt) / 1_000)} s`.padStart(6)}  ${text}`);
const here = machine();
if (isBusy(here)) say(`this machine is busy (load ${here.loadBefore}): the figures will be disturbed`);

const stack = await startStack();
const endAfter = (code: number) => async () => {
  await stack.close().catch(() => undefined);
  process.exit(code);
};
process.once('SIGINT', endAfter(130));
process.once('SIGTERM', endAfter(143));

const run: Run = {
  stack,
  only,
  effort: values.quick
    ? { rounds: 3, roundMs: 1_000, warmUpMs: 1_000 }
    : { rounds: 5, roundMs: 1_200, warmUpMs: 1_500 },
  growths: values.quick ? [1, 10] : [1, 10, 100],
  deadline: startedAt + (values.quick ? 4 : 15) * minuteMs,
  measurements: [],
  say,
};
try {
  const generator = await generatorCheck(stack.loader);
  for (const { measure } of climbs) await measure(run);
  const minutes = (performance.now() - startedAt) / minuteMs;
  console.log(`\n${formatTable(run.measurements)}\n`);
  console.log(`machine: ${Object.values(here).join('; ')} (load before)`);
  console.log(
    `load generator: ${formatNumber(generator.perSecond)}/s against a server that does nothing; used at most ` +
      `${Math.round(100 * stack.loader.busiest())} % of a processor in a measured round`,
  );
  console.log(`took ${minutes.toFixed(1)} minutes`);
  const file = resolve(values.json);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify(
      { machine: here, generator, minutes, quick: values.quick, measurements: run.measurements },
      null,
      2,
    ),
  );
} finally {
  await stack.close();
}
