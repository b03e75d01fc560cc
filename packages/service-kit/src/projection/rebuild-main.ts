/**
 * Rebuilds the tables that a service makes out of events: clears them, then follows how its running consumers fill
 * them again. DATABASE_URL is the service's own. Prints {"done":…,"total":…} in numbers of events, one line about
 * every half second, and ends when all is read again that had been read before; the consumers go on without it.
 * Arguments are partitions whose last events Kafka no longer has (TOPIC/PARTITION): they are not waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Sql } from '../postgres/database.ts';
import { clearProjections, rebuildProgress } from './rebuild.ts';

const pollIntervalMs = 500;

const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is missing');
const sql = postgres(url, { max: 1, onnotice: () => undefined }) as unknown as Sql;
const lost = new Set(process.argv.slice(2));
const before = (await clearProjections(sql)).filter(
  ({ topic, partition }) => !lost.has(`${topic}/${partition}`),
);
for (;;) {
  const progress = await rebuildProgress(sql, before);
  console.log(JSON.stringify(progress));
  if (progress.done >= progress.total) break;
  await sleep(pollIntervalMs);
}
await sql.end();
