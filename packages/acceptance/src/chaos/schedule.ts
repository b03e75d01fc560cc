import { readFileSync, writeFileSync } from 'node:fs';
import { type Random, seededRandom } from '../random.ts';
import type { Fault } from './fault.ts';

/** One fault of a cycle: when it begins after the load, for how long it lasts, and the seed of what it chooses. */
export interface PlannedFault {
  fault: string;
  atMs: number;
  forMs: number;
  seed: number;
}

/** A cycle: its faults under load, then quiet, then the check. */
export type PlannedCycle = readonly PlannedFault[];

const seedMax = 2 ** 31 - 1;
const atMsMax = 1_500;
const forMs = { from: 800, to: 5_000 };

/** An endless schedule that the seed decides: every fault once in a random order, alone or in twos, and again. */
export function* endlessSchedule(seed: number, faults: readonly Fault[]): Generator<PlannedCycle, never> {
  const random = seededRandom(seed);
  for (;;) yield* everyFaultOnce(random, faults);
}

/** The beginning of the endless schedule of the same seed. */
export function* everyFaultOnce(random: Random, faults: readonly Fault[]): Generator<PlannedCycle, void> {
  const plan = ({ name }: Fault): PlannedFault => ({
    fault: name,
    atMs: random.whole(0, atMsMax),
    forMs: random.whole(forMs.from, forMs.to),
    seed: random.whole(0, seedMax),
  });
  for (const deck = random.shuffled(faults); deck.length > 0; ) {
    const first = deck.shift() as Fault;
    const second = random.whole(0, 1) === 0 ? takeBeside(first, deck, random) : undefined;
    yield [first, ...(second ? [second] : [])].map(plan);
  }
}

/** Leaves out the cycles before number `first`, which counts from 1. */
export function* fromCycle(first: number, cycles: Iterable<PlannedCycle>): Generator<PlannedCycle> {
  let number = 0;
  for (const cycle of cycles) if (++number >= first) yield cycle;
}

const takeBeside = (first: Fault, deck: Fault[], random: Random): Fault | undefined => {
  const fitting = deck.filter(({ claims }) => !claims.some((claim) => first.claims.includes(claim)));
  if (fitting.length === 0) return undefined;
  const second = random.pick(fitting);
  deck.splice(deck.indexOf(second), 1);
  return second;
};

export interface Schedule {
  seed: number;
  cycles: readonly PlannedCycle[];
}

export const writeSchedule = (file: string, schedule: Schedule): void =>
  writeFileSync(file, `${JSON.stringify(schedule, undefined, 2)}\n`);

export const readSchedule = (file: string): Schedule => JSON.parse(readFileSync(file, 'utf8'));
