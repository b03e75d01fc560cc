import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retailSample } from '@souk/importers/testing/retail-sample.ts';
import { afterAll, expect, test } from 'vitest';
import { soukHere } from '../testing/souk-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-command-'));
const file = join(folder, 'retail.csv');
afterAll(() => rmSync(folder, { recursive: true }));

const dryRun = (content: string, ...args: string[]) => {
  writeFileSync(file, content);
  return soukHere(['import', 'online-retail', file, '--dry-run', ...args]);
};

const daysFirst = retailSample()
  .map((line) => line.replace(/2024-(\d\d)-(\d\d)/, '05/$1/2024').replaceAll(/(\d)\.(\d)/g, '$1,$2'))
  .map((line) => line.replace('"ROUND, SMALL', '"ROUND SMALL'))
  .join('\n');

test('shows without any mesh what would be imported', async () => {
  const { code, output, errors } = await dryRun(retailSample().join('\n'), '--as', 'orders');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toMatch(/Nothing was sent\..*purchases +320\n.*Read as utf-8/s);
});

test('reads a file as the options say', async () => {
  const dated = retailSample().join('\n').replace('Quantity', 'Pieces').replaceAll('2024-03-1', '1/3/202');
  const refused = await dryRun(dated, '--columns', 'quantity=Pieces');
  expect(refused).toMatchObject({ code: 1, output: '' });
  expect(refused.errors).toMatch(/^souk: the dates can be read in two ways .*--date-order.*\n$/);
  const { code, output } = await dryRun(dated, '--columns', 'quantity=Pieces', '--date-order', 'month');
  expect(code).toBe(0);
  expect(output).toContain('dates with the month first');
});

test.each([
  ['nothing that can be imported', daysFirst.split('\n')[0] ?? '', [], 'has nothing to import'],
  ['fields that are told apart in another way', daysFirst, ['--date-order', 'day'], 'fields instead of 8'],
  ['an encoding that is none', '', ['--encoding', 'klingon'], 'an encoding such as utf-8'],
  ['a column that is none', '', ['--columns', 'colour=Farbe'], 'pairs such as invoice=NAME'],
])('refuses %s in one line', async (_, content, args, message) => {
  const { code, output, errors } = await dryRun(content, ...args);
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining(message)]);
});

test('shows what of a file of interactions, and of a catalogue, would be imported, and names bad lines', async () => {
  writeFileSync(file, 'who,item,time\nada,mug,1700000000\nbob,pot,soon\nbob,pot,1700000001\n');
  expect(
    await soukHere([
      ...['import', 'interactions', file, '--dry-run'],
      ...['--columns', 'user=who,product=item,time=time'],
    ]),
  ).toEqual({
    code: 1,
    output: 'retail.csv has 2 interactions of 2 users with 2 products. Nothing was sent.\n',
    errors: expect.stringContaining('bad: line 3: time "soon"'),
  });
  writeFileSync(file, 'code,title,price\n1,Mug,4.5\n');
  expect(await soukHere(['import', 'catalogue', file, '--dry-run', '--columns', 'sku=code'])).toMatchObject({
    code: 0,
    output: 'retail.csv: 1 lines, 1 products, 0 bad. Nothing was sent.\n',
  });
});
