import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { retailSample } from '../testing/retail-sample.ts';
import { findInteractions } from './interaction-file.ts';
import { surveyInteractions } from './interaction-survey.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-interactions-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Options = Parameters<typeof findInteractions>[1];

const write = (...lines: string[]): string => {
  const path = join(folder, 'interactions.csv');
  writeFileSync(path, lines.join('\n'));
  return path;
};
const read = async (path: string, options?: Options) => {
  const lines = [];
  for await (const line of (await findInteractions(path, options)).lines()) lines.push(line);
  return lines;
};
const interactions = async (path: string, options?: Options) =>
  (await read(path, options)).flatMap((line) => ('interaction' in line ? [line.interaction] : []));

const time = 1_260_759_144;

describe('a layout is known by its header, or by its fields', () => {
  const ada = { user: '1', product: '31', atMs: time * 1_000 };
  test.each([
    ['MovieLens', ['userId,movieId,rating,timestamp', `1,31,4.5,${time}`], { ...ada, type: 'like' }],
    ['MovieLens with ::', [`1::31::3::${time}`, `1::32::5::${time}`], { ...ada, type: 'view' }],
    ['MovieLens with tabs', [`1\t31\t3\t${time}`], { ...ada, type: 'view' }],
    [
      'RetailRocket',
      ['timestamp,visitorid,event,itemid,transactionid', `${time}000,1,addtocart,31,`],
      { ...ada, type: 'add_to_cart' },
    ],
    [
      'RetailRocket, a transaction',
      ['timestamp,visitorid,event,itemid,transactionid', `${time}000,1,transaction,31,7`],
      { ...ada, type: 'purchase' },
    ],
    ['plain columns in any order', ['time;item;user', `2009-12-14 02:52:24;31;1`], { ...ada, type: 'view' }],
  ])('%s', async (_, lines, expected) => {
    const [first] = await interactions(write(...lines));
    expect(first).toEqual(expected);
  });
});

test.each([
  ['2024-03-01T10:00:00.123Z', '2024-03-01T10:00:00.123Z'],
  ['2024-03-01 10:00:00.123456', '2024-03-01T10:00:00.123Z'],
  ['2024-03-01 10:00:00+00:00', '2024-03-01T10:00:00.000Z'],
  ['2024-03-01T10:00:00.5-0330', '2024-03-01T13:30:00.500Z'],
  ['2024-03-01 10:00:00 UTC', '2024-03-01T10:00:00.000Z'],
  ['2024-03-01 10:00:00.5+02', '2024-03-01T08:00:00.500Z'],
  ['2024-03-01 10:00 GMT', '2024-03-01T10:00:00.000Z'],
  ['2024-03-01T00:30+05:30', '2024-02-29T19:00:00.000Z'],
])('the time %s is read as it is meant', async (written, meant) => {
  const path = write('user,item,time', `ada,mug,${written}`);
  expect(await interactions(path)).toMatchObject([{ atMs: Date.parse(meant) }]);
});

test.each(['03/01/2024 10:00', '2024-02-30T10:00:00Z', '2024-03-01T10:00:00+25:00', 'day 5 Z'])(
  'the time %s, which is none or two, makes a bad line',
  async (written) => {
    const path = write('user,item,time', `ada,mug,${written}`, `ada,mug,${time}`);
    expect(await read(path)).toMatchObject([{ fault: `time "${written}"` }, { lineNumber: 3 }]);
  },
);

test('an Online Retail file is purchases, an invoice is a session, and what is no purchase is left out', async () => {
  const path = write(...retailSample());
  const survey = await surveyInteractions(path, await findInteractions(path));
  expect(survey).toMatchObject({ interactions: 320, faulty: expect.any(Number) });
  expect(survey.users.size).toBe(17);
  expect([...survey.leftOut.keys()]).toContain('no customer');
  const [first] = await interactions(path);
  expect(first).toMatchObject({ type: 'purchase', session: expect.any(String) });
});

test('columns are named by the user, or counted where there is no header', async () => {
  const named = write('who,what,when', 'ada,mug,2024-03-01T10:00:00Z');
  expect(await interactions(named, { columns: { user: 'who', product: 'what', time: 'when' } })).toEqual([
    { user: 'ada', product: 'mug', atMs: Date.parse('2024-03-01T10:00:00Z'), type: 'view' },
  ]);
  const counted = write('mug|ada|2024-03-01', 'pot|ada|2024-03-02');
  const columns = { user: '2', product: '1', time: '3' };
  expect((await interactions(counted, { columns, delimiter: '|' })).map(({ product }) => product)).toEqual([
    'mug',
    'pot',
  ]);
});

test('quotes hold delimiters, quotes and line breaks', async () => {
  const path = write('user,item,time', `"Doe,\n""Ada""","mug, blue",${time}`);
  expect(await interactions(path)).toMatchObject([{ user: 'Doe,\n"Ada"', product: 'mug, blue' }]);
});

test('a bad line is named with its number and its column, and costs itself alone', async () => {
  const path = write(
    'user,item,time,event',
    `ada,mug,${time},view`,
    `,mug,${time},view`,
    `ada,,${time},view`,
    'ada,mug,yesterday,view',
    `ada,mug,${time},teleport`,
    `ada,mug,${time}`,
    `ada,"mug\nblue",${time},view`,
    `ada,mug\u2028blue,${time},view`,
    `bob,mug,${time},view`,
    ...Array.from({ length: 6 }, () => `eve,pot,${time},view`),
  );
  const survey = await surveyInteractions(path, await findInteractions(path));
  expect(survey).toMatchObject({ linesRead: 15, interactions: 8, faulty: 7 });
  expect(survey.faults).toEqual([
    'line 3: user ""',
    'line 4: product ""',
    'line 5: time "yesterday"',
    'line 6: type "teleport"',
    'line 7: 3 fields instead of 4',
    'line 9: product "mug\nblue"',
    'line 10: product "mug\u2028blue"',
  ]);
});

test.each([
  [
    'a missing column',
    ['user,thing,time', 'a,b,1'],
    'no column was found for product among user, thing, time',
  ],
  [
    'a file without a header',
    ['A1X,B00,5.0,1'],
    'among A1X, B00, 5.0, 1: name them with --columns, such as --columns user=NAME,product=NAME,time=NAME, or by their places from 1',
  ],
  ['a first line without an end', [`[{"user":1},${'{"user":2},'.repeat(1_000)}`], / …: name them with/],
  ['an empty file', [''], 'is empty'],
  ['a header alone', ['user,item,time'], 'has no interaction'],
  [
    'a file read in the wrong way',
    ['user,item,time', 'a,b,soon', 'c,d,later', `e,f,${time}`],
    'cannot be read for the most part',
  ],
])('%s is one clear error', async (_, lines, message) => {
  const path = write(...lines);
  const survey = async () => surveyInteractions(path, await findInteractions(path));
  await expect(survey()).rejects.toThrow(message);
});

test('a compressed file is told from text', async () => {
  const path = write('');
  writeFileSync(path, gzipSync('user,item,time\nada,mug,1\n'));
  await expect(findInteractions(path)).rejects.toThrow('is compressed: unpack it first');
});
