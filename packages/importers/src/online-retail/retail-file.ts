import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { type Purchase, type RetailColumns, type RetailLine, readHeader, readLine } from './retail-line.ts';

/** Far longer than any line of these files: a quote that is never closed ends here, not with the memory. */
const recordSizeMax = 65_536;

/**
 * Reads a UCI Online Retail CSV from beginning to end, one line at a time, in bounded memory. Throws an Error written
 * for the user when the file cannot be read, has another header, or has a quote that is never closed.
 */
export async function* readRetailFile(path: string): AsyncGenerator<RetailLine> {
  const file = createReadStream(path);
  const parser = parse({
    encoding: 'latin1',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: recordSizeMax,
  });
  file.on('error', (error) => parser.destroy(error));
  file.pipe(parser);
  let columns: RetailColumns | undefined;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (columns) yield readLine(record, columns);
      else columns = readHeader(record);
    }
  } catch (error) {
    throw explain(error, path);
  } finally {
    file.destroy();
  }
  if (!columns) throw new Error(`${path} is empty`);
}

/** The purchases of a file, each with its place among those of its invoice (the first is 1). */
export async function* numberedPurchases(
  lines: AsyncIterable<RetailLine>,
): AsyncGenerator<{ purchase: Purchase; ordinal: number }> {
  const seen = new Map<string, number>();
  for await (const line of lines) {
    if ('leftOut' in line) continue;
    const { purchase } = line;
    const ordinal = (seen.get(purchase.invoice) ?? 0) + 1;
    seen.set(purchase.invoice, ordinal);
    yield { purchase, ordinal };
  }
}

const explain = (error: unknown, path: string): unknown => {
  const { code, message, lines } = error as NodeJS.ErrnoException & { lines?: number };
  if (code === 'ENOENT') return new Error(`there is no file ${path}`);
  if (code === 'EISDIR') return new Error(`${path} is a folder`);
  if (code?.startsWith('CSV_')) return new Error(`${path} is not CSV near line ${lines ?? '?'}: ${message}`);
  return error;
};
