import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { kafkaVersion } from '@souk/testing/local/kafka-jars.ts';

export interface Machine {
  processors: string;
  memoryGiB: number;
  system: string;
  node: string;
  java: string;
  kafka: string;
  /** The load of the last minute before the benchmark: well below the number of processors, or it is disturbed. */
  loadBefore: number;
}

export const machine = (): Machine => {
  const processors = cpus();
  return {
    processors: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    java: firstLine('java', ['--version']),
    kafka: kafkaVersion(),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
};

/** Whether something else uses so much of the machine that the figures are not to be believed. */
export const isBusy = ({ loadBefore }: Machine): boolean => loadBefore > cpus().length / 2;

/** Processor time of the machine so far, in ticks of its clock: all, and what a hypervisor gave to others. */
export const processorTicks = (): { all: number; stolen: number } => {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // user nice system idle iowait irq softirq steal; those of guests are in the first two.
  const ticks = line.split(/ +/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
};

const firstLine = (command: string, args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0] ?? '';

/** One line for people. */
export const describeMachine = (
  { processors, memoryGiB, system, node, java, kafka, loadBefore }: Machine,
  postgres: string,
): string =>
  [
    ...[`${processors}, ${memoryGiB} GiB, ${system}`, `load ${loadBefore} before`, `Node ${node}`],
    ...[`PostgreSQL ${postgres}`, `Kafka ${kafka}`, java],
  ].join('; ');
