import type { Threshold } from './panel.ts';

/** For figures that are neither good nor bad. */
export const neutral: Threshold[] = [[undefined, 'blue']];

/** Good below `warn`, bad from `bad` on. */
export const rising = (warn: number, bad: number): Threshold[] => [
  [undefined, 'green'],
  [warn, 'yellow'],
  [bad, 'red'],
];

/** Good from `good` on, bad below `warn`. */
export const falling = (warn: number, good: number): Threshold[] => [
  [undefined, 'red'],
  [warn, 'yellow'],
  [good, 'green'],
];

/** Anything above 0 is bad. */
export const none: Threshold[] = [
  [undefined, 'green'],
  [1e-9, 'red'],
];
