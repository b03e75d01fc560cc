import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@souk/contracts/services.ts';
import { type ChaosMesh, openChaosMesh } from './chaos-mesh.ts';
import { runCycle } from './cycle.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/faults.ts';
import type { RanCycle } from './report.ts';
import type { PlannedCycle, PlannedFault } from './schedule.ts';

export interface RunOptions {
  /** Gives the cycles, of the faults that this machine can have. */
  plan: (available: readonly Fault[]) => Iterable<PlannedCycle>;
  cyclesMax: number;
  /** Of performance.now(): no cycle begins later. */
  untilMs: number;
  /** Aborted when no further cycle is to begin. */
  ending: AbortSignal;
  /** Where the logs of the services go in the end. */
  logFolder: string;
}

export interface Ran {
  cycles: RanCycle[];
  /** The names of faults that this machine cannot have. */
  missing: string[];
}

const shownMax = 20;

/** Runs cycles on one mesh, and says what happens, until a limit, or the first cycle that finds something. */
export const runCycles = async (options: RunOptions): Promise<Ran> => {
  const { plan, cyclesMax, untilMs, ending, logFolder } = options;
  const chaos = await openChaosMesh();
  const ran: RanCycle[] = [];
  const missing = missingFaults(chaos);
  try {
    for (const planned of plan(faults.filter(({ name }) => !missing.includes(name)))) {
      if (ran.length >= cyclesMax || performance.now() >= untilMs || ending.aborted) break;
      console.log(`cycle ${ran.length + 1}: ${planned.map(describe).join('; ')}`);
      const result = await runCycle(chaos, planned);
      ran.push({ planned, result });
      console.log(
        `  ${result.acknowledged} acknowledged, caught up after ${(result.recoveredMs / 1000).toFixed(1)} s`,
      );
      for (const { kind, where, what } of result.findings.slice(0, shownMax))
        console.log(`  FOUND ${kind}, ${where}: ${what}`);
      if (result.findings.length > shownMax) console.log(`  and ${result.findings.length - shownMax} more`);
      if (result.findings.length > 0) break;
    }
  } finally {
    keepLogs(chaos, logFolder);
    await chaos.stop();
  }
  return { cycles: ran, missing };
};

const describe = ({ fault, atMs, forMs }: PlannedFault): string =>
  `${fault} (at ${(atMs / 1000).toFixed(1)} s, for ${(forMs / 1000).toFixed(1)} s)`;

const missingFaults = (chaos: ChaosMesh): string[] =>
  faults.flatMap(({ name, missing }) => {
    const reason = missing?.(chaos);
    if (reason) console.log(`SKIPPED: ${name}, because ${reason}`);
    return reason ? [name] : [];
  });

const keepLogs = (chaos: ChaosMesh, folder: string): void => {
  for (const name of serviceNames) {
    const lines = chaos.mesh.processes
      .filter(({ name: ofProcess }) => ofProcess === name)
      .flatMap(({ pid, logs }) => [`--- process ${pid}`, ...logs]);
    writeFileSync(join(folder, `${name}.log`), `${lines.join('\n')}\n`);
  }
  writeFileSync(join(folder, 'postgres.log'), `${chaos.mesh.postgres.logs.join('\n')}\n`);
};
