/** The units of a figure; `ratio` is this system to the baseline of the same run. */
export type Unit = 'ratio' | '/s' | 'ms' | 's' | 'MiB';

export type Goal = { atLeast: number } | { atMost: number };

/** One measured number of a row. */
export interface Figure {
  /** Unique within its row. */
  label: string;
  unit: Unit;
  value: number;
  goal?: Goal;
  /** What it was made from, for people. */
  detail?: string;
}

/** What a row gave at one size of the data. */
export interface Measurement {
  row: string;
  /** The work that was measured, in words. */
  work: string;
  /** How much larger the data are than at the smallest size: 1, 10 or 100. */
  growth: number;
  figures: Figure[];
  /** Why it could not be measured. */
  failure?: string;
}

export type Judgement = 'reached' | 'behind' | 'no goal';

/** A figure that is not a number, because nothing could be measured, is behind. */
export const judge = ({ value, goal }: Pick<Figure, 'value' | 'goal'>): Judgement => {
  if (!goal) return 'no goal';
  const reached = 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
  return reached ? 'reached' : 'behind';
};

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
};

/** The value that a share of all values (0.99 for p99) does not exceed. NaN of none. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;

/** 0.35, 8,123 or 12.4: no more digits than a measurement has. */
export const formatNumber = (value: number): string =>
  value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(value < 1 ? 2 : 3)));

export const formatValue = ({ value, unit }: Pick<Figure, 'value' | 'unit'>): string => {
  if (Number.isNaN(value)) return 'failed';
  return unit === 'ratio' ? value.toFixed(2) : `${formatNumber(value)}${unit === '/s' ? '' : ' '}${unit}`;
};

export const formatGoal = ({ goal, unit }: Pick<Figure, 'goal' | 'unit'>): string => {
  if (!goal) return '';
  const [sign, value] = 'atLeast' in goal ? ['≥', goal.atLeast] : ['≤', goal.atMost];
  return `${sign} ${formatValue({ value, unit })}`;
};
