import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@souk/testing/eventually.ts';
import { seededRandom } from '../random.ts';
import { projectionDifferences, projectionTotals } from '../resilience/projection-differences.ts';
import type { ChaosMesh } from './chaos-mesh.ts';
import { collectEvidence } from './collect.ts';
import type { Finding } from './evidence.ts';
import { notMet } from './fault.ts';
import { faultNamed } from './faults/faults.ts';
import { startLoad } from './load/load.ts';
import type { PlannedCycle, PlannedFault } from './schedule.ts';
import { verify } from './verify.ts';

export interface CycleResult {
  /** Activities that were acknowledged from the first fault's begin to the recovery. */
  acknowledged: number;
  /** From the end of the last fault to the first acknowledgement, and until all consumers had what was stored then. */
  firstSuccessMs: number;
  recoveredMs: number;
  findings: Finding[];
  /** Faults whose moment did not come. */
  notMet: string[];
}

const recoveredWithinMs = 180_000;
const settledWithinMs = 120_000;
const pollMs = 50;
/** 250 ms for the answer, 100 for the throttle of its generation, and the pauses of a slow and busy machine. */
const freshMs = 5_000;
/** A process that was killed or cut off between its commit and its notice leaves answers of this age behind. */
const staleMs = 60_000;

/** Faults under load, then quiet, then the check. */
export const runCycle = async (chaos: ChaosMesh, planned: PlannedCycle): Promise<CycleResult> => {
  const { journal } = chaos;
  Object.assign(journal, { known: [], reads: [], refusals: [] });
  chaos.topicOrders.clear();
  const before = journal.activities.size;
  const cycleFaults = planned.map(({ fault }) => faultNamed(fault));
  const touched = cycleFaults.flatMap(({ claims }) => claims);
  const promisedMs = touched.some((claim) => /postgres|recommendation/.test(claim)) ? staleMs : freshMs;
  const random = seededRandom(planned[0]?.seed ?? 0);
  const load = startLoad(
    { chaos, journal, random, promisedMs },
    { sent: chaos.topicOrders, sender: chaos.sender },
  );
  const startedAtMs = performance.now();
  const ranFaults = await Promise.all(planned.map((one) => runFault(chaos, one)));
  const recovery = await recover(chaos);
  const refusedUntilMs = performance.now();
  const unacknowledged = await load.stop().then(
    () => [],
    (error: Error) => [finding('not recovered', 'clients', error.message)],
  );
  const disagreements = await settle(chaos);
  const isNoticed = !cycleFaults.every(({ unnoticed }) => unnoticed);
  const refused = journal.refusals.filter(({ atMs }) => atMs >= startedAtMs && atMs <= refusedUntilMs);
  return {
    acknowledged: journal.activities.size - before,
    ...{ firstSuccessMs: recovery.firstSuccessMs, recoveredMs: recovery.recoveredMs },
    findings: [
      ...[
        ...ranFaults.flatMap(({ findings }) => findings),
        ...recovery.findings,
        ...unacknowledged,
        ...disagreements,
      ],
      ...[...new Set(isNoticed ? [] : refused.map(({ what }) => what))].map((what) =>
        finding('refused without cause', 'clients', what),
      ),
      ...chaos.takeExits().map((what) => finding('wrong end', 'services', what)),
    ],
    notMet: planned.flatMap(({ fault }, index) => (ranFaults[index]?.met ? [] : [fault])),
  };
};

const finding = (kind: Finding['kind'], where: string, what: string): Finding => ({ kind, where, what });

const runFault = async (
  chaos: ChaosMesh,
  { fault, atMs, forMs, seed }: PlannedFault,
): Promise<{ met: boolean; findings: Finding[] }> => {
  await pause(atMs);
  try {
    const end = await faultNamed(fault).start(chaos, seededRandom(seed));
    await pause(forMs);
    await end();
    return { met: true, findings: [] };
  } catch (error) {
    const { code, message, stack = message } = error as NodeJS.ErrnoException;
    if (code !== notMet) return { met: true, findings: [finding('fault not possible', fault, stack)] };
    console.log(`  NOT MET: ${message}`);
    return { met: false, findings: [] };
  }
};

const recover = async ({ journal, mesh: { sql } }: ChaosMesh) => {
  const endedAtMs = performance.now();
  const acknowledged = journal.activities.size;
  let firstSuccessMs = recoveredWithinMs;
  let recoveredMs = recoveredWithinMs;
  const wait = (attempt: () => Promise<void>) =>
    eventually(attempt, { timeoutMs: recoveredWithinMs, intervalMs: pollMs });
  try {
    await wait(async () => {
      if (journal.activities.size <= acknowledged) throw new Error('nothing is acknowledged after the fault');
    });
    firstSuccessMs = performance.now() - endedAtMs;
    const { owners } = await projectionTotals(sql);
    await wait(async () => {
      const { consumers } = await projectionTotals(sql);
      if (consumers.some((total, index) => total < (owners[index] as number)))
        throw new Error(`the consumers have ${consumers} of ${owners}`);
    });
    recoveredMs = performance.now() - endedAtMs;
    return { firstSuccessMs, recoveredMs, findings: [] };
  } catch (error) {
    return {
      ...{ firstSuccessMs, recoveredMs },
      findings: [finding('not recovered', 'mesh', (error as Error).message)],
    };
  }
};

/** What does not agree once all has arrived, or two minutes after the projections have caught up. */
const settle = async (chaos: ChaosMesh): Promise<Finding[]> => {
  const hasArrived = async () => {
    if ((await projectionDifferences(chaos.mesh.sql)).length > 0) throw new Error('not caught up');
  };
  await eventually(hasArrived, { timeoutMs: recoveredWithinMs, intervalMs: 4 * pollMs }).catch(
    () => undefined,
  );
  let findings: Finding[] = [];
  const agrees = async () => {
    // What cannot be read has not been checked.
    findings = await collectEvidence(chaos).then(
      (evidence) => verify(chaos.journal, evidence),
      (error: Error) => [finding('not recovered', 'check', error.stack ?? error.message)],
    );
    if (findings.length > 0) throw new Error('something may still be on its way');
  };
  await eventually(agrees, { timeoutMs: settledWithinMs, intervalMs: 1_000 }).catch(() => undefined);
  return findings;
};
