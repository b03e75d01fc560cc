import { type ColumnNames, retailColumns } from '@souk/importers/online-retail/retail-columns.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Adds the options that say how a file is written, where that cannot be found in it or is found wrongly. */
export const addFormatOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--date-order <first>',
        'whether 1/12/2010 begins with the day or the month; otherwise found in the file',
      ).choices(['day', 'month']),
    )
    .addOption(
      new Option('--decimal <mark>', 'what stands before the pennies; otherwise found in the file').choices([
        '.',
        ',',
      ]),
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
    )
    .option(
      '--columns <column=name,…>',
      `what the file calls its columns, where it is not as above: ${retailColumns.join(', ')}`,
      columnNames,
    );

export const delimiter = (text: string): string => {
  const character = { tab: '\t', '\\t': '\t' }[text] ?? text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError('one character, or the word tab, is needed');
};

export const encoding = (text: string): string => {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError('an encoding such as utf-8, utf-16le or windows-1252 is needed');
  }
};

const columnNames = (text: string): ColumnNames =>
  Object.fromEntries(
    text.split(',').map((pair) => {
      const [column = '', ...name] = pair.split('=');
      if (name.join('=') !== '' && (retailColumns as string[]).includes(column))
        return [column, name.join('=')];
      throw new InvalidArgumentError(
        `pairs such as ${retailColumns[0]}=Bill,${retailColumns[3]}=Pieces are needed, of ${retailColumns.join(', ')}`,
      );
    }),
  );
