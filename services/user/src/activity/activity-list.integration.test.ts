import { blocksRead } from '@souk/service-kit/testing/blocks-read.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApp } from '../testing/test-app.ts';
import { type ActivityPage, activityRepository } from './activity-repository.ts';

const app = await testApp();
afterAll(() => app.close());
let userId: string;
beforeAll(async () => {
  userId = (await app.newUser()).id;
  const other = (await app.newUser()).id;
  await app.sql`
    insert into events (id, user_id, type, occurred_at, recorded_at)
    select gen_random_uuid(), case when step % 2 = 0 then ${userId}::uuid else ${other}::uuid end,
      case when step % 10000 = 1 then 'rare' else 'view' end, '2026-01-01'::timestamptz + step * interval '1 minute', now()
    from generate_series(1, 60000) as step`;
  await app.sql`vacuum analyze events`;
});

describe('a list of 60,000 events', () => {
  const from = new Date('2026-01-10');
  const filters: [string, Omit<ActivityPage, 'limit'>][] = [
    ['nothing', {}],
    ['a frequent type', { type: 'view' }],
    ['a rare type', { type: 'rare' }],
    ['a type that nobody has', { type: 'none' }],
    ['a type in a time range', { type: 'none', from, to: new Date('2026-02-01') }],
    ['a time range', { from, to: new Date('2026-01-11') }],
    ['a later page', { type: 'view', after: [from, '00000000-0000-7000-8000-000000000000'] }],
  ];

  test.each(filters)('by %s looks at a few blocks', async (_name, filter) => {
    const list = () => blocksRead(app.sql, (db) => repository(db).list({ ...filter, limit: 10 }));
    expect(await list()).toBeLessThan(30);
  });

  test('by a type that a user with 30,000 of them does not have looks at the index alone', async () => {
    const blocks = (type: string) =>
      blocksRead(app.sql, (db) => repository(db).list({ userId, type, limit: 10 }));
    const [{ pages }] = await app.sql<[{ pages: number }]>`
      select relpages as pages from pg_class where relname = 'events'`;
    expect(await blocks('view')).toBeLessThan(30);
    expect(await blocks('rare')).toBeLessThan(pages / 2);
  });
});

const repository = (db: Parameters<typeof activityRepository>[0]['db']) =>
  activityRepository({ db, onCommitted: () => undefined });
