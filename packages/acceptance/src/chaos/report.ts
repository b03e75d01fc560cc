import type { CycleResult } from './cycle.ts';
import type { Finding } from './evidence.ts';
import type { PlannedCycle } from './schedule.ts';

/** All cycles in which a fault took part. */
export interface FaultRow {
  fault: string;
  times: number;
  /** Of these: its moment did not come, so they show nothing. */
  notMet: number;
  acknowledged: number;
  lost: number;
  doubled: number;
  /** Of any other kind. */
  otherFindings: number;
  /** Of these cycles: the median and the longest. */
  firstSuccessMs: { median: number; max: number };
  recoveredMs: { median: number; max: number };
}

export interface RanCycle {
  planned: PlannedCycle;
  result: CycleResult;
}

const failuresMax = 5;

export const faultRows = (cycles: readonly RanCycle[]): FaultRow[] => {
  const byFault = Map.groupBy(
    cycles.flatMap(({ planned, result }) => planned.map(({ fault }) => ({ fault, result }))),
    ({ fault }) => fault,
  );
  return [...byFault]
    .map(([fault, ran]) => {
      const results = ran.map(({ result }) => result);
      const findings = results.flatMap((result) => result.findings);
      const count = (...kinds: Finding['kind'][]) =>
        findings.filter(({ kind }) => kinds.includes(kind)).length;
      return {
        ...{ fault, times: ran.length, lost: count('lost'), doubled: count('doubled') },
        notMet: results.filter(({ notMet }) => notMet.includes(fault)).length,
        acknowledged: results.reduce((sum, result) => sum + result.acknowledged, 0),
        otherFindings: findings.length - count('lost', 'doubled'),
        firstSuccessMs: spread(results.map((result) => result.firstSuccessMs)),
        recoveredMs: spread(results.map((result) => result.recoveredMs)),
      };
    })
    .sort((one, other) => one.fault.localeCompare(other.fault));
};

/** What the last cycle, which ends a run, has found. */
export const failureLines = (cycles: readonly RanCycle[]): string[] => {
  const { planned = [], result } = cycles.at(-1) ?? {};
  const findings = result?.findings ?? [];
  return [
    `cycle ${cycles.length}: ${planned.map(({ fault }) => fault).join(' and ')}`,
    ...findings
      .slice(0, failuresMax)
      .map(({ kind, where, what }) => `${kind}, ${where}: ${what.replace(/\s+/g, ' ')}`),
    ...(findings.length > failuresMax ? [`and ${findings.length - failuresMax} more`] : []),
  ];
};

/** The rows as a Markdown table. */
export const table = (rows: readonly FaultRow[]): string => {
  const seconds = ({ median, max }: FaultRow['recoveredMs']) =>
    `${(median / 1000).toFixed(1)} / ${(max / 1000).toFixed(1)}`;
  const lines = rows.map(({ fault, times, notMet, acknowledged, lost, doubled, otherFindings, ...row }) => [
    ...[fault, times, notMet, acknowledged, lost, doubled, otherFindings],
    ...[seconds(row.firstSuccessMs), seconds(row.recoveredMs)],
  ]);
  const head = [
    ...['fault', 'times', 'not met', 'acknowledged', 'lost', 'doubled', 'other'],
    ...['first success, s', 'caught up, s (median / longest)'],
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

const spread = (values: readonly number[]) => {
  const sorted = values.toSorted((one, other) => one - other);
  return { median: sorted[sorted.length >> 1] as number, max: sorted.at(-1) as number };
};
