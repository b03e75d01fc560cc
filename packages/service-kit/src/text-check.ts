import { fieldPath } from './json-pointer.ts';

/** The deepest nesting of objects and arrays in a body. Beyond it, recursive code could exhaust the stack. */
export const nestingMax = 64;

export interface UnstorableValue {
  /** JSON pointer without its leading slash. */
  field: string;
  message: string;
}

/**
 * Finds the first value that JSON can carry and Postgres cannot keep: a text or a key with U+0000 or half a
 * surrogate pair, a number too large for a double, nesting deeper than `nestingMax`. Undefined when all is
 * well.
 */
export const findUnstorable = (value: unknown, path: readonly string[] = []): UnstorableValue | undefined => {
  const fault = faultOf(value, path.length);
  if (fault) return { field: fieldPath(path), message: fault };
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    if (isScalarWithoutFault(child) && !textFault(key)) continue;
    const found = textFault(key)
      ? { field: fieldPath(path), message: `has a key that ${textFault(key)}` }
      : findUnstorable(child, [...path, key]);
    if (found) return found;
  }
  return undefined;
};

const faultOf = (value: unknown, depth: number): string | undefined => {
  if (typeof value === 'string') return textFault(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'is too large a number';
  return depth > nestingMax ? `is nested deeper than ${nestingMax} levels` : undefined;
};

const textFault = (text: string): string | undefined => {
  if (text.includes('\u0000')) return 'must not contain the character U+0000';
  return text.isWellFormed() ? undefined : 'is not well-formed Unicode (half a surrogate pair)';
};

/** The common case without building a path. */
const isScalarWithoutFault = (value: unknown): boolean =>
  typeof value === 'string'
    ? !textFault(value)
    : typeof value !== 'object' && faultOf(value, 0) === undefined;
