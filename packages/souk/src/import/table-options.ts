import { type Command, InvalidArgumentError } from 'commander';

export interface TableCommandOptions {
  columns?: Record<string, string>;
  delimiter?: string;
  encoding?: string;
}

/** Adds the options that say how a file is written, where that cannot be found in it. */
export const addTableOptions = (command: Command, columns: readonly string[]): Command =>
  command
    .option(
      '--columns <column=name,…>',
      `what the file calls its columns, or their places from 1: ${columns.join(', ')}`,
      columnPairs(columns),
    )
    .option(
      '--delimiter <character>',
      'what stands between the fields; otherwise found: , ; | or tab',
      delimiter,
    )
    .option(
      '--encoding <name>',
      'such as utf-8, utf-16le or windows-1252; otherwise found in the file',
      encoding,
    );

/** A parser of pairs such as `name=title,price=cost`, of these columns. */
export const columnPairs =
  (columns: readonly string[]) =>
  (text: string): Record<string, string> =>
    Object.fromEntries(
      text.split(',').map((pair) => {
        const [column = '', ...rest] = pair.split('=');
        const name = rest.join('=').trim();
        if (name !== '' && columns.includes(column.trim())) return [column.trim(), name];
        throw new InvalidArgumentError(
          `pairs such as ${columns[0]}=NAME,${columns[1]}=NAME are needed, of ${columns.join(', ')}`,
        );
      }),
    );

const delimiter = (text: string): string => {
  const character = { tab: '\t', '\\t': '\t' }[text] ?? text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError('one character, or the word tab, is needed');
};

const encoding = (text: string): string => {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError('an encoding such as utf-8, utf-16le or windows-1252 is needed');
  }
};
