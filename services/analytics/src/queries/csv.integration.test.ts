import type { Http } from '@souk/service-kit/http/http.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { activityData, activityRecorded, productSaved } from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { testHttp } from '../testing/test-http.ts';

const p = (number: number) => testId('product', number);
const range = 'from=2026-03-18T08:00:00Z&to=2026-03-18T10:00:00Z';
const tables = [
  `events?${range}`,
  `products/${p(1)}?${range}`,
  'products/top?metric=views',
  'funnel?window=24h',
  'cohorts?weeks=4',
  'users/active?granularity=day&from=2026-03-18T00:00:00Z&to=2026-03-19T00:00:00Z',
];

/** Names that a spreadsheet would run, and names that need quotes. */
const names = ['=1+1', '+1', '-1', '@A1', '\t=1', '\r=1', '＝1', 'a "b", c', 'two\nlines', 'plain'];

let database: AnalyticsDatabase;
let http: Http;
beforeAll(async () => {
  database = await analyticsDatabase();
  http = await testHttp(database.db, () => new Date('2026-03-18T09:47:12.345Z'));
  await database.apply(names.map((name, index) => productSaved({ sequence: index + 1 }, index + 1, 1, name)));
  await database.apply([
    ...names.flatMap((_, index) =>
      Array.from({ length: names.length - index }, (_, time) =>
        activityRecorded(
          { sequence: 100 * index + time + 1 },
          activityData(1, 'view', '2026-03-18T09:00:00.000Z', { product: index + 1 }),
        ),
      ),
    ),
    activityRecorded({ sequence: 5_000 }, activityData(1, 'share', '2026-03-18T08:59:59.999Z')),
  ]);
  await database.fold();
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const get = (path: string, accept?: string) =>
  http.inject({ url: `/api/v1/analytics/${path}`, headers: accept === undefined ? {} : { accept } });

describe('CSV', () => {
  test('has a line for each bucket, and a column for each type that any of them has', async () => {
    const response = await get(`events?${range}`, 'text/csv');
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(response.body).toBe(
      'bucket,events_total,events.share,events.view\r\n' +
        '2026-03-18T08:00:00.000Z,1,1,0\r\n' +
        '2026-03-18T09:00:00.000Z,55,0,55\r\n',
    );
  });

  test('has texts that a spreadsheet would run behind an apostrophe, and quotes what must be quoted', async () => {
    const { body } = await get('products/top?metric=views', 'text/csv');
    expect(body).toBe(
      [
        'product_id,name,value',
        `${p(1)},'=1+1,10`,
        `${p(2)},'+1,9`,
        `${p(3)},'-1,8`,
        `${p(4)},'@A1,7`,
        `${p(5)},'\t=1,6`,
        `${p(6)},"'\r=1",5`,
        `${p(7)},'＝1,4`,
        `${p(8)},"a ""b"", c",3`,
        `${p(9)},"two\nlines",2`,
        `${p(10)},plain,1`,
        '',
      ].join('\r\n'),
    );
  });

  test('has the line of names also without any other', async () => {
    const { body } = await get('products/top?metric=revenue', 'text/csv');
    expect(body).toBe('product_id,name,value\r\n');
  });
});

describe.each(tables)('%s', (path) => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/json'],
    ['text/csv;q=0.5, application/json;q=0.4', 'text/csv'],
    ['text/*', 'text/csv'],
    ['application/json, text/csv', 'application/json'],
  ])('to who accepts %s answers with %s', async (accept, type) => {
    const response = await get(path, accept);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain(type);
    expect(response.headers.vary).toBe('Accept');
  });

  test('answers 406 to who accepts neither, and problems as problems to who accepts CSV', async () => {
    for (const accept of ['text/html', 'text/csv;q=0, application/json;q=0']) {
      const refused = await get(path, accept);
      expect([refused.statusCode, refused.json().code]).toEqual([406, 'not_acceptable']);
      expect(refused.headers.vary).toBe('Accept');
    }
    const invalid = await get(`${path}&unknown=1`, 'text/csv');
    expect([invalid.statusCode, invalid.json().code]).toEqual([400, 'invalid_request']);
  });
});
