/**
 * Whether `value` is a whole multiple of `step`, both taken as the decimal numbers they print as: 2.55 is a
 * multiple of 0.01, 12.345 and 0.1 + 0.2 are not. Division of floats, as validators do it, gets these wrong.
 */
export const isExactMultiple = (value: number, step: number): boolean => {
  if (!Number.isFinite(value) || !Number.isFinite(step) || step <= 0) return false;
  if (Number.isSafeInteger(value) && Number.isSafeInteger(step)) return value % step === 0;
  const [digits, decimals] = decimal(value);
  const [stepDigits, stepDecimals] = decimal(step);
  const scale = Math.max(decimals, stepDecimals);
  return shift(digits, scale - decimals) % shift(stepDigits, scale - stepDecimals) === 0n;
};

/** -12.5e3 → ['-125', -2]: value = digits · 10^-decimals. */
const decimal = (value: number): [digits: string, decimals: number] => {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return [whole + fraction, fraction.length - Number(exponent)];
};

const shift = (digits: string, by: number): bigint => BigInt(digits) * 10n ** BigInt(by);
