export type Row = Readonly<Record<string, unknown>>;

/** One value that is not as expected. A row that is missing has `actual` undefined; one too many, `expected`. */
export interface RowDifference {
  /** The values of the key's columns, separated by spaces. */
  row: string;
  /** Undefined where the whole row is missing or too many. */
  column?: string;
  expected?: unknown;
  actual?: unknown;
}

/** Compares rows by their key, whatever their order; values are compared by their text. */
export const differencesOf = (
  expected: readonly Row[],
  actual: readonly Row[],
  key: readonly string[],
): RowDifference[] => {
  const nameOf = (row: Row) => key.map((column) => text(row[column])).join(' ');
  const found = new Map(actual.map((row) => [nameOf(row), row]));
  const differences: RowDifference[] = [];
  for (const row of expected) {
    const name = nameOf(row);
    const match = found.get(name);
    found.delete(name);
    if (!match) differences.push({ row: name, expected: row });
    else
      for (const [column, value] of Object.entries(row))
        if (text(value) !== text(match[column]))
          differences.push({ row: name, column, expected: value, actual: match[column] });
  }
  for (const [name, row] of found) differences.push({ row: name, actual: row });
  return differences;
};

const text = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));
