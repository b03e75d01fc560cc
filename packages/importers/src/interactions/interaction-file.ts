import { findTable, type TableOptions } from '../files/find-table.ts';
import { readRecords } from '../files/read-records.ts';
import { retailColumns } from '../online-retail/retail-columns.ts';
import { readRetailFile } from '../online-retail/retail-file.ts';
import { findFormat } from '../online-retail/retail-format.ts';
import type { InteractionLine } from './interaction.ts';
import { headerless, type InteractionColumn, interactionColumns } from './interaction-layout.ts';
import { readInteractionLine } from './interaction-line.ts';

type WrittenAs = Pick<TableOptions<never>, 'encoding' | 'delimiter'>;

export interface InteractionFile {
  /** From beginning to end, in bounded memory; may be called again. */
  lines(): AsyncGenerator<InteractionLine>;
  /** How it is read, for people. */
  layout: string;
}

/**
 * A file of interactions: MovieLens, RetailRocket and Online Retail are known by their columns, others by `columns`.
 * Throws an Error for the user when it cannot be read or a column is missing.
 */
export const findInteractions = async (
  path: string,
  options: TableOptions<InteractionColumn> = {},
): Promise<InteractionFile> => {
  const { columns, ...written } = options;
  if (columns === undefined && (await isRetail(path, written))) return retailInteractions(path, written);
  const table = await findTable(path, interactionColumns, options, headerless);
  const named = Object.entries(table.places).map(([column, place]) => {
    return `${column} = ${table.hasHeader ? table.first[place] : `field ${place + 1}`}`;
  });
  return {
    layout: `${named.join(', ')}; between fields ${JSON.stringify(table.delimiter)}, ${table.encoding}`,
    lines: async function* () {
      for await (const record of readRecords(path, table)) yield readInteractionLine(record, table);
    },
  };
};

const isRetail = (path: string, options: WrittenAs): Promise<boolean> =>
  findTable(path, retailColumns, options).then(
    () => true,
    () => false,
  );

/** A line of an invoice is a purchase, the invoice is its session. */
const retailInteractions = async (path: string, options: WrittenAs): Promise<InteractionFile> => {
  const format = await findFormat(path, options);
  return {
    layout: `Online Retail; between fields ${JSON.stringify(format.delimiter)}, ${format.encoding}`,
    lines: async function* () {
      for await (const line of readRetailFile(path, format)) {
        const { lineNumber } = line;
        if ('purchase' in line) {
          const { customer, stockCode, occurredAt, invoice } = line.purchase;
          const atMs = Date.parse(occurredAt);
          yield {
            lineNumber,
            interaction: { user: customer, product: stockCode, atMs, type: 'purchase', session: invoice },
          };
        } else if (line.leftOut === 'malformed') yield { lineNumber, fault: line.fault ?? 'malformed' };
        else yield { lineNumber, leftOut: line.leftOut.replace('_', ' ') };
      }
    },
  };
};
