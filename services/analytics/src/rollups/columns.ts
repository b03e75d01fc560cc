import { rowAt } from './row-at.ts';

// Arrays as Postgres reads them (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-INPUT), one for each column
// of the rows of a statement. As texts: a text is written once, where the client would serialize value by value.

/** Values that need no quotes: numbers, ids, booleans. */
export const values = (column: readonly (string | number | bigint | boolean)[]): string =>
  `{${column.join(',')}}`;

/** Any texts. */
export const texts = (column: readonly string[]): string =>
  `{${column.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;

/** Milliseconds since the epoch, or null, as RFC 3339 UTC: Postgres refuses the years that it does not know. */
export const timestamps = (column: readonly (number | null)[]): string => {
  const written = new Map<number | null, string>([[null, 'NULL']]);
  return values(column.map((ms) => rowAt(written, ms, () => new Date(ms as number).toISOString())));
};
