import type { Static, TSchema } from '@souk/contracts/typebox.ts';
import { Check } from 'typebox/schema';
import { problem } from '../problem.ts';

/** The longest cursor text that is looked at. */
export const cursorLengthMax = 1_024;

/** The position after the last row of a page, as an opaque text: the values of the order's columns. */
export const encodeCursor = (values: unknown[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

/**
 * The values of a cursor that encodeCursor made, checked against `schema` (a tuple).
 * Throws a 400 problem `invalid_cursor` for anything else.
 */
export const decodeCursor = <T extends TSchema>(schema: T, text: string): Static<T> => {
  const values = text.length <= cursorLengthMax ? parse(text) : undefined;
  if (!Check(schema, values))
    throw problem(400, 'invalid_cursor', 'the cursor is not one that this list has given', {
      errors: [{ field: 'cursor', message: 'must be a next_cursor of this list' }],
    });
  return values;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
};
