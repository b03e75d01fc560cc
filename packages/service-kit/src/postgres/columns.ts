// Arrays as Postgres reads them (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-INPUT), one for each column
// of the rows of a statement. As texts: a text is written once, where the client would serialize value by value.

/** Values that need no quotes: numbers, ids, booleans. */
export const values = (column: readonly (string | number | bigint | boolean)[]): string =>
  `{${column.join(',')}}`;

/** Any texts. */
export const texts = (column: readonly string[]): string =>
  `{${column.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;

/** Any values, as JSON. It holds no control characters, so that what JSON writes of a text is what an array does. */
export const jsons = (column: readonly unknown[]): string =>
  `{${column.map((value) => JSON.stringify(JSON.stringify(value))).join(',')}}`;

/** Milliseconds since the epoch, or null, as RFC 3339 UTC: Postgres refuses the years that it does not know. */
export const timestamps = (column: readonly (number | null)[]): string => {
  const written = new Map<number | null, string>([[null, 'NULL']]);
  const write = (ms: number | null): string => {
    const text = written.get(ms) ?? new Date(ms as number).toISOString();
    written.set(ms, text);
    return text;
  };
  return values(column.map(write));
};
