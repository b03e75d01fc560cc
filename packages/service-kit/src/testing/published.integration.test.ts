import { randomUUID } from 'node:crypto';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { expect, test } from 'vitest';
import { outboxMigrations } from '../outbox/migrations.ts';
import { testMigrated } from './migrated.ts';
import { publishedEvents } from './published.ts';

test('an event of another topic of the service is passed over, one that no topic of it has fails the test', async () => {
  const { db, close } = await testMigrated('user', [outboxMigrations]);
  try {
    const user = randomUUID();
    const write = (type: string) => db.sql`
      insert into outbox (event_id, type, key, data) values (
        gen_random_uuid(), ${type}, ${user},
        json_build_object('user_id', ${user}::text, 'version', 2, 'deleted_at', '2026-03-18T09:30:00Z'))`;
    await write('user.deleted.v1');
    expect(await publishedEvents(db.sql, sessionUpdates)).toEqual([]);
    expect(await publishedEvents(db.sql, userUpdates)).toMatchObject([{ key: user }]);

    await write('product.deleted.v1');
    await expect(publishedEvents(db.sql, userUpdates)).rejects.toThrow(
      'no topic of user has product.deleted.v1',
    );
  } finally {
    await close();
  }
});
