import { randomUUID } from 'node:crypto';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import pino from 'pino';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { countingProjection, testCountingOn } from '../testing/counting.ts';

const usersCount = 40;

test('tables that a crash of Postgres brings back from an earlier moment are read again from there', async () => {
  const server = await testPostgres();
  const counting = await testCountingOn({ url: server.url('analytics_service'), drop: server.remove });
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void logged.push(line) });
  const publish = () =>
    counting.publish(Array.from({ length: usersCount }, () => counting.event(randomUUID(), 1)));
  const expectCounted = (users: number) =>
    eventually(async () => {
      const counted = await counting.counted();
      expect(counted.size).toBe(users);
      expect(new Set(counted.values())).toEqual(new Set([1]));
    });
  counting.start([countingProjection], undefined, log);
  await publish();
  await expectCounted(usersCount);

  // What does not wait for the disk is in memory alone for so long.
  const superuser = postgres(server.url('postgres'), { max: 1 });
  await superuser`alter system set wal_writer_delay = '10s'`;
  await superuser`select pg_reload_conf()`;
  await superuser.end();
  let users = usersCount;
  // Again where the WAL writer came to its turn just before the crash: nothing is lost then.
  do {
    users += usersCount;
    await publish();
    await expectCounted(users);
    await server.stop('SIGKILL');
    await server.start();
    await expectCounted(users);
  } while (!logged.join('').includes('projection_fell_back'));
  await counting.close();
});
