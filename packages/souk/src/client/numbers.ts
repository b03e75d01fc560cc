const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** 82869 → "82,869" */
export const formatCount = (value: number): string => whole.format(value);

/** 14820683 minor units → "148,206.83" */
export const formatMinor = (minor: number): string => cents.format(minor / 100);

/** 4210 → "4.2 s", 130000 → "2 min 10 s" */
export const formatDuration = (ms: number): string => {
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
