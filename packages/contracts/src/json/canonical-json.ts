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
  for (const key of Object.keys(value).sort())
    text += `${text && ','}${JSON.stringify(key)}:${canonicalJson((value as Record<string, unknown>)[key])}`;
  return `{${text}}`;
};

/** JSON.stringify makes null of a number too large for a double, and 0 of -0. */
const scalar = (value: unknown): string =>
  typeof value === 'number' ? String(value) : JSON.stringify(value);
