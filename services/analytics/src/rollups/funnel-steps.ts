import { bucketStart } from './bucket.ts';
import { rowAt } from './row-at.ts';

/** The steps of the funnel, in their order. */
export const funnelSteps = ['view', 'add_to_cart', 'purchase'] as const;
export type FunnelStep = (typeof funnelSteps)[number];

/** One user's step at a time, in milliseconds since the epoch. */
export interface StepRow {
  userId: string;
  step: FunnelStep;
  atMs: number;
}

/**
 * Adds an interaction of any type. Kept are the first view of each minute, every cart, and the last purchase: what
 * funnel-repository.ts can use.
 */
export const addStep = (rows: Map<string, StepRow>, userId: string, type: string, atMs: number): void => {
  const step = funnelSteps.find((one) => one === type);
  if (step === undefined) return;
  const key = { view: bucketStart('minute', atMs), add_to_cart: atMs, purchase: 0 }[step];
  const row = rowAt(rows, `${userId} ${step} ${key}`, () => ({ userId, step, atMs }));
  row.atMs = step === 'view' ? Math.min(row.atMs, atMs) : Math.max(row.atMs, atMs);
};
