import type { HistoryCaps } from '../interactions/history.ts';
import type { Weighing } from './popularity.ts';

/** What the stored tables are made with: with other settings they have to be built again. */
export interface Scoring extends Weighing, HistoryCaps {
  /** Beside the own scores those by this weighing are kept. */
  other?: Weighing;
}

/** Whether an interaction of this type weighs anything in any of the scores that are kept. */
export const weighs = ({ weights, other }: Pick<Scoring, 'weights' | 'other'>, type: string): boolean =>
  (weights.get(type) ?? 0) > 0 || (other?.weights.get(type) ?? 0) > 0;
