import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { readText } from './read-text.ts';

/** How the fields of a file are told apart. */
export interface FileFormat {
  /** A label of the WHATWG Encoding Standard. */
  encoding: string;
  delimiter: string;
  /** Whether the first record names the columns. */
  hasHeader: boolean;
}

export interface FileRecord {
  /** Of its last line in the file, from 1. */
  lineNumber: number;
  fields: string[];
}

/** Far longer than any line of these files: a quote that is never closed ends here, not with the memory. */
const recordSizeMax = 65_536;

/**
 * The records of a CSV file behind its header, one at a time, in bounded memory. Throws an Error for the user when the
 * file cannot be read, is not in its encoding, or has a quote that is never closed.
 */
export async function* readRecords(
  path: string,
  { encoding, delimiter, hasHeader }: FileFormat,
): AsyncGenerator<FileRecord> {
  const text = Readable.from(readText(path, encoding), { objectMode: false });
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: recordSizeMax,
  });
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>)
      if (!hasHeader || info.records > 1) yield { lineNumber: info.lines, fields: record };
  } catch (error) {
    throw explainFileError(error, path);
  } finally {
    text.destroy();
  }
}

interface ParsedRecord {
  record: string[];
  info: { lines: number; records: number };
}

/** Why a file cannot be read, for the user. */
export const explainFileError = (error: unknown, path: string): unknown => {
  const { code, message, lines } = error as NodeJS.ErrnoException & { lines?: number };
  if (code === 'ENOENT') return new Error(`there is no file ${path}`);
  if (code === 'EISDIR') return new Error(`${path} is a folder`);
  if (code?.startsWith('CSV_')) return new Error(`${path} is not CSV near line ${lines ?? '?'}: ${message}`);
  return error;
};
