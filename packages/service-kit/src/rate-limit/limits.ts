/** What requests are limited as: each class has buckets of its own. */
export type LimitClass = 'read' | 'write' | 'batch' | 'login';

/** A bucket that holds `burst` tokens, and fills by `perSecond`. */
export interface Limit {
  perSecond: number;
  burst: number;
}

export interface Limits extends Record<LimitClass, Limit> {
  /** How many times as much a machine may. */
  machineTimes: number;
}

/** Reads a limit such as `50/500`: 50 a second, 500 at once. Undefined for any other text. */
export const readLimit = (text: string): Limit | undefined => {
  const [, perSecond, burst] = /^(\d{1,6}(?:\.\d{1,3})?)\/(\d{1,7})$/.exec(text) ?? [];
  const limit = { perSecond: Number(perSecond), burst: Number(burst) };
  return limit.perSecond > 0 && limit.burst > 0 ? limit : undefined;
};
