import type { Effort } from './load/compare.ts';
import type { Figure, Measurement } from './report/figure.ts';
import type { Stack } from './stack/stack.ts';

/** One or more figures about one kind of work. */
export interface Row<W> {
  /** For --only. */
  name: string;
  /** In words, for the table. */
  work: string;
  measure(place: W, run: Run): Promise<Figure[]>;
}

/** A world whose data grow from step to step. */
export interface Ladder<W> {
  name: string;
  open(stack: Stack): Promise<W>;
  /** Brings the data to so many times those of the first step. Called with 1, 10 and 100 in this order. */
  grow(place: W, growth: number, run: Run): Promise<void>;
  /** By growth: the step takes about so many times as long as the one before. Without it there is one step alone. */
  stepFactors?: Readonly<Record<number, number>>;
  close(place: W): Promise<void>;
}

export interface Run {
  stack: Stack;
  effort: Effort;
  growths: readonly number[];
  /** Of rows; all where it is empty. */
  only: ReadonlySet<string>;
  /** In performance.now(): a step that would take longer is left out, unless it is the first. */
  deadline: number;
  measurements: Measurement[];
  /** Aborted when the benchmark is to end early. */
  signal: AbortSignal;
  say(text: string): void;
}

/** Rows that are measured in one world, at each size of its data. */
export interface Climb {
  rows: string[];
  /** Measures what is wanted of them, as far as the time allows. */
  measure(run: Run): Promise<void>;
}

export const climb = <W>(ladder: Ladder<W>, rows: readonly Row<W>[]): Climb => ({
  rows: rows.map(({ name }) => name),
  measure: (run) => measureAll(ladder, rows, run),
});

const measureAll = async <W>(ladder: Ladder<W>, all: readonly Row<W>[], run: Run): Promise<void> => {
  const rows = all.filter(({ name }) => run.only.size === 0 || run.only.has(name));
  if (rows.length === 0) return;
  run.say(`${ladder.name}: starting`);
  const place = await ladder.open(run.stack);
  try {
    await measureSteps(ladder, rows, place, run);
  } finally {
    await ladder.close(place);
  }
};

const measureSteps = async <W>(
  ladder: Ladder<W>,
  rows: readonly Row<W>[],
  place: W,
  run: Run,
): Promise<void> => {
  let stepMs = 0;
  for (const growth of ladder.stepFactors ? run.growths : run.growths.slice(0, 1)) {
    if (stepMs > 0 && performance.now() + (ladder.stepFactors?.[growth] ?? 1) * stepMs > run.deadline) {
      run.say(`${ladder.name}: ${growth}× is left out, the time would not be enough`);
      break;
    }
    const startedAt = performance.now();
    run.say(`${ladder.name}: ${growth}×`);
    await ladder.grow(place, growth, run);
    for (const { name, work, measure } of rows) {
      run.say(`${ladder.name}: ${growth}×: ${name}`);
      // One row that cannot be measured does not keep the others from it.
      const measured = await measure(place, run).then(
        (figures) => ({ figures }),
        ({ message }: Error) => ({ figures: [], failure: message }),
      );
      run.signal.throwIfAborted();
      run.measurements.push({ row: name, work, growth, ...measured });
    }
    stepMs = performance.now() - startedAt;
  }
};
