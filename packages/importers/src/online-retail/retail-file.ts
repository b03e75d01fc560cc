import { readRecords } from '../files/read-records.ts';
import type { RetailFormat } from './retail-format.ts';
import { type RetailLine, readLine } from './retail-line.ts';

/** The lines of an Online Retail file from beginning to end. Throws as `readRecords` does. */
export async function* readRetailFile(
  path: string,
  format: RetailFormat,
): AsyncGenerator<RetailLine & { lineNumber: number }> {
  for await (const { fields, lineNumber } of readRecords(path, format))
    yield { ...readLine(fields, format), lineNumber };
}
