import { type FileFormat, readRecords } from '../files/read-records.ts';
import { type FieldFormat, type RetailLine, readLine } from './retail-line.ts';

/** The lines of an Online Retail file from beginning to end. Throws as `readRecords` does. */
export async function* readRetailFile(
  path: string,
  format: FileFormat & FieldFormat,
): AsyncGenerator<RetailLine & { lineNumber: number }> {
  let isHeader = true;
  for await (const { fields, lineNumber } of readRecords(path, format)) {
    if (!isHeader) yield { ...readLine(fields, format), lineNumber };
    isHeader = false;
  }
}
