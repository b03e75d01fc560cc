/** Whether 1/12 is the first of December (`day`) or the twelfth of January (`month`). */
export type DateOrder = 'day' | 'month';
export type Decimal = '.' | ',';

const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T](.+)$/;
const yearLast = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d) (.+)$/;
const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.0+)?(?:Z|\s*([AP])\.?M\.?)?$/i;

/** "6"; also "6.0", as spreadsheets write it. */
export const readWhole = (text: string, decimal: Decimal): number | undefined => {
  const [whole = '', fraction = '', ...more] = text.split(decimal);
  return more.length === 0 && /^-?\d{1,15}$/.test(whole) && /^0{0,2}$/.test(fraction)
    ? Number(whole)
    : undefined;
};

/**
 * Major units to cents by their digits, never as a float; half a cent goes away from zero. (The full file has prices
 * of 0.001: they are above zero, and 0 cents.)
 */
export const readPrice = (
  text: string,
  decimal: Decimal,
): { minor: number; positive: boolean } | undefined => {
  const [, sign, whole = '', mark = decimal, decimals = ''] =
    /^(-?)(\d{1,12})(?:([.,])(\d*))?$/.exec(text) ?? [];
  if (whole === '' || mark !== decimal) return undefined;
  const cents = Number(whole + decimals.slice(0, 2).padEnd(2, '0')) + (Number(decimals[2] ?? 0) >= 5 ? 1 : 0);
  return { minor: sign ? -cents : cents, positive: !sign && /[1-9]/.test(whole + decimals) };
};

/**
 * RFC 3339 of "2010-12-01 08:26:00", or of "12/1/2010 8:26 AM" by the order of the file's dates; taken as UTC.
 * Undefined for a time that no calendar has.
 */
export const readTime = (text: string, order: DateOrder | undefined): string | undefined => {
  const [, y, m, d, time = ''] = yearFirst.exec(text) ?? [];
  if (y !== undefined) return utc([y, m, d], time);
  const [, first, second, year = '', rest = ''] = yearLast.exec(text) ?? [];
  const [day, month] = order === 'day' ? [first, second] : [second, first];
  return utc([year.length === 2 ? `20${year}` : year, month, day], rest);
};

/** The order that this date alone proves, `either` where both are possible, undefined where there is no question. */
export const dateOrderOf = (text: string): DateOrder | 'either' | undefined => {
  const [, first, second] = yearLast.exec(text) ?? [];
  if (first === undefined || Number(first) === Number(second)) return undefined;
  if (Number(first) > 12) return 'day';
  return Number(second) > 12 ? 'month' : 'either';
};

/** As `dateOrderOf`, of the decimal mark of a price: "1.250" may be a thousand or a little more than one. */
export const decimalOf = (text: string): Decimal | 'either' | undefined => {
  const mark = /^-?\d+([.,])\d*$/.exec(text)?.[1];
  if (mark === undefined) return undefined;
  return /^-?[1-9]\d{0,2}[.,]\d{3}$/.test(text) ? 'either' : (mark as Decimal);
};

/** Date.UTC would roll over what no calendar has. */
const utc = (date: readonly (string | undefined)[], time: string): string | undefined => {
  const [, hourText = '', minute, second = '0', half = ''] = clock.exec(time) ?? [];
  const hour = hourOf(Number(hourText || Number.NaN), half.toUpperCase());
  const parts = [...date.map((part) => Number(part || Number.NaN)), hour, Number(minute), Number(second)];
  const [y = 0, m = 0, d = 0, ...clockParts] = parts;
  const at = new Date(Date.UTC(y, m - 1, d, ...clockParts));
  if (Number.isNaN(at.getTime())) return undefined;
  const read = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
  const readClock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  return [...read, ...readClock].every((part, index) => part === parts[index]) ? at.toISOString() : undefined;
};

const hourOf = (hour: number, half: string): number => {
  if (half === '') return hour;
  return hour >= 1 && hour <= 12 ? (hour % 12) + (half === 'P' ? 12 : 0) : Number.NaN;
};
