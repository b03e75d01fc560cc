import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { retailSample } from '../testing/retail-sample.ts';
import { readRetail } from './import-online-retail.ts';
import { type FormatOptions, findFormat } from './retail-format.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-format-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (content: string | Buffer): string => {
  const path = join(folder, 'retail.csv');
  writeFileSync(path, content);
  return path;
};
const file = (dates: readonly string[], prices: readonly string[] = ['2.55'], delimiter = ','): string =>
  write(
    [
      ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID'],
      ...dates.map((date, index) => [index, 'A', 'LAMP', 1, date, prices[index % prices.length], 7]),
    ]
      .map((fields) => fields.join(delimiter))
      .join('\r\n'),
  );
const totals = async (path: string, options?: FormatOptions) => {
  const { survey, format } = await readRetail(path, options);
  const { purchases, units, revenueMinor, products, linesRead } = survey;
  return { figures: { purchases, units, revenueMinor, linesRead, products }, format };
};

describe('the order of dates', () => {
  test.each([
    ['day', ['01/12/2010 8:26', '13/12/2010 8:26']],
    ['month', ['12/01/2010 8:26', '12/13/2010 8:26']],
  ])('is the %s first where one date proves it', async (order, dates) => {
    expect(await findFormat(file(dates))).toMatchObject({ dateOrder: order });
  });

  test('makes no difference where every date can be read in one way alone', async () => {
    const { dateOrder } = await findFormat(file(['2010-12-01 08:26:00', '3/3/2010 8:26']));
    expect(dateOrder).toBeUndefined();
  });

  test.each([
    [
      'can be read in two ways',
      ['01/12/2010 8:26', '02/12/2010 8:26'],
      /two ways \(01\/12\/2010 8:26 in line 2/,
    ],
    ['contradict each other', ['13/12/2010 8:26', '12/13/2010 8:26'], /contradict each other \(13.*12\/13/],
  ])('stops the import where the dates %s, and names --date-order', async (_, dates, message) => {
    await expect(findFormat(file(dates))).rejects.toThrow(message);
    await expect(findFormat(file(dates))).rejects.toThrow('--date-order "day" or "month"');
    expect(await findFormat(file(dates), { dateOrder: 'day' })).toMatchObject({ dateOrder: 'day' });
  });
});

describe('the decimal mark', () => {
  const dates = ['2010-12-01 08:26:00', '2010-12-01 08:27:00'];
  test.each([
    [',', ['2,55', '1.250'], ';'],
    ['.', ['2.55', '3'], ';'],
  ])('is "%s" where one price proves it', async (decimal, prices, delimiter) => {
    expect(await findFormat(file(dates, prices, delimiter))).toMatchObject({ decimal, delimiter });
  });

  test.each([
    ['can be read in two ways', ['1.250', '2.500']],
    ['contradict each other', ['2,55', '2.55']],
  ])('stops the import where the prices %s, and names --decimal', async (what, prices) => {
    await expect(findFormat(file(dates, prices, ';'))).rejects.toThrow(what);
    await expect(findFormat(file(dates, prices, ';'))).rejects.toThrow('--decimal "." or ","');
  });
});

describe('the same shop', () => {
  const lines = retailSample();
  const plain = () => totals(write(lines.join('\n')));
  const semicolons = lines
    .map((line) => line.replace('"ROUND, SMALL', 'ROUND# SMALL').replace('"', ''))
    .map((line) => line.replaceAll(',', ';').replace('ROUND#', 'ROUND,'))
    .map((line) => line.replace(/(\d)\.(\d)/g, '$1,$2'))
    .join('\n');

  test.each<[string, string | Buffer, object]>([
    [
      'UTF-16LE with a byte-order mark',
      Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'),
      { encoding: 'utf-16le' },
    ],
    ['UTF-16BE', Buffer.from(lines.join('\n'), 'utf16le').swap16(), { encoding: 'utf-16be' }],
    ['UTF-8 with a byte-order mark', `\ufeff${lines.join('\n')}`, { encoding: 'utf-8' }],
    ['windows-1252', Buffer.from(lines.join('\n'), 'latin1'), { encoding: 'windows-1252' }],
    ['semicolons and decimal commas', semicolons, { delimiter: ';', decimal: ',' }],
    [
      'tabs',
      lines.map((line) => line.replaceAll(', ', '~').replaceAll(',', '\t').replaceAll('~', ', ')).join('\n'),
      { delimiter: '\t' },
    ],
  ])('is the same in %s', async (_, content, expected) => {
    const { figures } = await plain();
    const found = await totals(write(content));
    expect(found.figures).toEqual(figures);
    expect(found.format).toMatchObject(expected);
  });

  test('is the same under other column names', async () => {
    const { figures } = await plain();
    const renamed = [lines[0]?.replace('Quantity', 'Stück').replace('UnitPrice', 'Preis'), ...lines.slice(1)];
    const path = write(renamed.join('\n'));
    await expect(totals(path)).rejects.toThrow('--columns quantity=NAME,unitPrice=NAME');
    const found = await totals(path, { columns: { quantity: 'stück', unitPrice: 'Preis' } });
    expect(found.figures).toEqual(figures);
  });

  test('is refused where a part of it is in another encoding, unless the encoding is named', async () => {
    const path = write(
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from('caf\u00e9', 'latin1')]),
    );
    await expect(totals(path)).rejects.toThrow('--encoding');
    await expect(totals(path, { encoding: 'utf-8' })).rejects.toThrow('is not utf-8 throughout');
    expect((await totals(path, { encoding: 'windows-1252' })).figures.purchases).toBe(320);
  });
});

test('a file with nothing to import is refused with the causes', async () => {
  const path = file(['yesterday', 'tomorrow']);
  await expect(readRetail(path)).rejects.toThrow(
    /has nothing to import \(2 malformed; line 2: time "yesterday"; line 3: time "tomorrow"\)/,
  );
  await expect(readRetail(file([]))).rejects.toThrow('has nothing to import (it has no lines)');
});

test('a file of which most lines cannot be read is refused', async () => {
  const path = file(['2010-12-01 08:26:00', 'a', 'b', 'c']);
  await expect(readRetail(path)).rejects.toThrow('cannot be read for the most part');
});
