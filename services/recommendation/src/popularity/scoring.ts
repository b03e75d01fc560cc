import type { HistoryCaps } from '../interactions/history.ts';
import type { Weighing } from './popularity.ts';

/** What the stored tables are made with: with other settings they have to be built again. */
export interface Scoring extends Weighing, HistoryCaps {}
