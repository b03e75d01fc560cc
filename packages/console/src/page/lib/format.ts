const locale = 'en-GB';
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percentage = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });

/** 12,345 */
export const count = (value: number): string => whole.format(value);

/** 12,345 up to 99,999; above it 123.4K. */
export const short = (value: number): string =>
  Math.abs(value) < 100_000 ? oneDecimal.format(value) : compact.format(value);

/** A share from 0 to 1 as 12.3%; a dash where there is none. */
export const percent = (share: number | null): string => (share === null ? '–' : percentage.format(share));

/** Per second, with as many digits as say something: 0, 0.4, 12, 1,234. */
export const perSecond = (value: number): string =>
  value >= 10 ? whole.format(value) : oneDecimal.format(value);

/** Milliseconds as 0.8 ms, 12 ms, 1.2 s, 3 min, 2 h, 4 d. */
export const duration = (ms: number): string => {
  if (ms < 10) return `${oneDecimal.format(ms)} ms`;
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${oneDecimal.format(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${whole.format(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${oneDecimal.format(ms / 3_600_000)} h`;
  return `${whole.format(ms / 86_400_000)} d`;
};

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes as 12 kB, 3.4 MB. */
export const bytes = (value: number): string => {
  const power = value < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(value) / 3));
  return `${oneDecimal.format(value / 1_000 ** power)} ${byteUnits[power]}`;
};

/** An amount in major units with its currency: €12.50. */
export const money = (amount: number, currency: string): string => {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
  } catch {
    return `${oneDecimal.format(amount)} ${currency}`;
  }
};

/** "1 order", "2 orders". */
export const many = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;

/** "The orders" of "the orders". */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
