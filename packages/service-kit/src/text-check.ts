import { isExactNumber } from '@souk/contracts/json/exact-json.ts';
import { fieldPath } from '@souk/contracts/json/json-pointer.ts';

const numberLengthMax = 1_000;

export interface UnstorableValue {
  /** JSON pointer without its leading slash. */
  field: string;
  message: string;
}

export interface Inspection {
  /** How many keys its objects have. */
  keys: number;
  /** The first value that cannot be kept; undefined when all is well. */
  unstorable: UnstorableValue | undefined;
}

/**
 * Looks at every value of what JSON.parse gave for what JSON can carry and Postgres or other code cannot: a text or a
 * key with U+0000 or half a surrogate pair, a number too large for a double, a key that could change a prototype.
 * Recursive: bound the nesting first (scanJson).
 */
export const inspect = (value: unknown): Inspection => {
  const inspection: Inspection = { keys: 0, unstorable: undefined };
  look(value, [], inspection);
  return inspection;
};

/** What inspect finds in a value of few levels. */
export const findUnstorable = (value: unknown): UnstorableValue | undefined => inspect(value).unstorable;

const look = (value: unknown, path: string[], seen: Inspection): void => {
  const fault = scalarFault(value);
  if (fault) seen.unstorable ??= { field: fieldPath(path), message: fault };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) lookInto(value[index], index, path, seen);
  } else if (typeof value === 'object' && value !== null && !isExactNumber(value)) {
    for (const [key, child] of Object.entries(value)) {
      seen.keys++;
      seen.unstorable ??= keyFault(key, child, path);
      lookInto(child, key, path, seen);
    }
  }
};

/** Most children are sound scalars: for these no path is built. */
const lookInto = (child: unknown, key: string | number, path: string[], seen: Inspection): void => {
  if ((typeof child !== 'object' || child === null) && !scalarFault(child)) return;
  path.push(String(key));
  look(child, path, seen);
  path.pop();
};

const scalarFault = (value: unknown): string | undefined => {
  if (typeof value === 'string') return textFault(value);
  if (isExactNumber(value)) return numberFault(value.rawJSON);
  return typeof value === 'number' && !Number.isFinite(value) ? 'is too large a number' : undefined;
};

/** Postgres keeps far smaller numbers and more digits than this, but not any. */
const numberFault = (text: string): string | undefined => {
  if (!Number.isFinite(Number(text))) return 'is too large a number';
  if (Number(text) === 0) return 'is too small a number';
  return text.length > numberLengthMax ? `has more than ${numberLengthMax} digits` : undefined;
};

const textFault = (text: string): string | undefined => {
  if (text.includes('\u0000')) return 'must not contain the character U+0000';
  return text.isWellFormed() ? undefined : 'is not well-formed Unicode (half a surrogate pair)';
};

const keyFault = (key: string, child: unknown, path: string[]): UnstorableValue | undefined => {
  const fault = textFault(key);
  if (fault) return { field: fieldPath(path), message: `has a key that ${fault}` };
  if (key === '__proto__') return { field: fieldPath([...path, key]), message: 'is not a known field' };
  const pollutes =
    key === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype');
  if (!pollutes) return undefined;
  return { field: fieldPath([...path, key, 'prototype']), message: 'is not a known field' };
};
