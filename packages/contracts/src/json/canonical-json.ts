import { canonicalNumber, isExactNumber } from './exact-json.ts';

/**
 * JSON of a value with the keys of its objects sorted: equal for two values that say the same, however they were
 * written. The value is parseExactJson's: numbers compare by all their digits. It is recursive: bound the nesting first.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (isExactNumber(value)) return canonicalNumber(value.rawJSON);
  let text = '';
  for (const [key, begin] of membersOf(Object.keys(value)))
    text += begin + canonicalJson((value as Record<string, unknown>)[key]);
  return `{${text}}`;
};

type Members = readonly (readonly [key: string, begin: string])[];

const layoutsMax = 100;
/** Of a layout that is kept, in characters: a sender may use keys of any length, and others in every message. */
const layoutLengthMax = 1_000;
const layouts = new Map<string, Members>();

/** The keys sorted, each with what stands before its value. Most objects have their keys in one of a few orders: sorting them was half of the work. */
const membersOf = (keys: string[]): Members => {
  const layout = JSON.stringify(keys);
  const known = layouts.get(layout);
  if (known) return known;
  const members = keys
    .sort()
    .map((key, index) => [key, `${index === 0 ? '' : ','}${JSON.stringify(key)}:`] as const);
  if (layouts.size >= layoutsMax) layouts.clear();
  if (layout.length <= layoutLengthMax) layouts.set(layout, members);
  return members;
};

/** JSON.stringify makes null of a number too large for a double, and 0 of -0. */
const scalar = (value: unknown): string =>
  typeof value === 'number' ? String(value) : JSON.stringify(value);
