/** A number in JSON that no double holds exactly: JSON.stringify writes `rawJSON` as it is. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/**
 * JSON.parse without a lost digit: 12345678901234567890 becomes an ExactNumber, every number that a double holds stays
 * a number. `hasLongNumbers` is what scanJson says, for who has scanned the text. Throws what JSON.parse throws.
 */
export const parseExactJson = (text: string, hasLongNumbers = mayBeLong.test(text)): unknown =>
  // A reviver costs ten times the parsing; few texts have a number that needs it.
  hasLongNumbers ? exactJson.parse(text, keepExact) : JSON.parse(text);

export const isExactNumber = (value: unknown): value is ExactNumber =>
  typeof value === 'object' && value !== null && exactJson.isRawJSON(value);

/** The same text for every way to write a number: digits without zeros at their ends, and the power of ten. */
export const canonicalNumber = (text: string): string => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = numberParts.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end);
  return `${sign}${digits.slice(0, end)}e${power}`;
};

const numberParts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/;

/** Also true for many a text in quotes: that costs time alone. */
const mayBeLong = /[\d.]{16}|\d[eE]/;

const keepExact = (_key: string, value: unknown, { source }: { source?: string }): unknown => {
  if (typeof value !== 'number' || source === undefined) return value;
  const isExact = Number.isFinite(value) && canonicalNumber(String(value)) === canonicalNumber(source);
  return isExact ? value : exactJson.rawJSON(source);
};

/** Of ECMAScript's proposal "JSON.parse source text access", which Node has and TypeScript does not know yet. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: typeof keepExact): unknown;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: object): boolean;
};
