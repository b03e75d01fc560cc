import { sequenceMax } from '../consumer/outcome.ts';
import type { Sql, TransactionSql } from '../postgres/database.ts';
import { errorCode } from '../postgres/errors.ts';
import { wait } from '../service/backoff.ts';
import { besideSchema, readBuild } from './beside.ts';

export interface SwitchOptions {
  /** TOPIC/PARTITION whose position nothing can reach. */
  lost: ReadonlySet<string>;
  signal: AbortSignal;
  /** Is told why a try failed. */
  onWaiting(why: string): void;
}

/** How long a try waits for each lock: readers come behind it. */
const lockTimeout = '300ms';
/** How long consuming waits in a try. */
const asFarMaxMs = 1_500;
/** A try is worth it when so many messages of a partition, or rows of a queue, are left: a builder does them in that time. */
const nearMax = 1_000;
const pollMs = 5;
const lookMs = 1_000;
const retryMs = 5_000;
const notCaughtUp = 'the tables built beside have not caught up';
const lockNotAvailable = '55P03';
const deadlock = '40P01';

/**
 * Puts the tables that were built beside in the place of those in use, in one transaction. It locks the positions of
 * the service, so nothing is applied any more; waits until the second set has been read as far, and its queues are empty;
 * then switches. Readers wait for as long as the switch itself takes. It is tried until it succeeds, or `signal`: then it
 * answers false. Locks nothing before the second set is near. Throws 55000 when that cannot take over, and an Error for
 * the user when it is gone.
 */
export const switchBeside = async (
  sql: Sql,
  { lost, signal, onWaiting }: SwitchOptions,
): Promise<boolean> => {
  while (!signal.aborted) {
    const obstacle = await readObstacle(sql, lost);
    if (obstacle) {
      onWaiting(obstacle);
      await wait(lookMs, signal);
      continue;
    }
    try {
      const done = await sql.begin((tx) => trySwitch(tx, lost));
      if (done) return true;
      onWaiting(notCaughtUp);
    } catch (error) {
      if (errorCode(error) !== lockNotAvailable && errorCode(error) !== deadlock) throw error;
      onWaiting('somebody reads a table for long');
    }
    await wait(retryMs, signal);
  }
  return false;
};

/** Why a try is not worth it: undefined when it is. */
const readObstacle = async (sql: Sql, lost: ReadonlySet<string>): Promise<string | undefined> => {
  const build = await readBuild(sql);
  if (!build) throw new Error('what was built beside is gone: somebody has dropped it, or switched to it');
  const [{ schema }] = await sql<[{ schema: string }]>`select current_schema() as schema`;
  const beside = besideSchema(schema);
  const left = build.isRunning ? nearMax : 0;
  if ((await isAsFar(sql, beside, lost, left)) && (await hasShortQueues(sql, beside, left))) return undefined;
  return build.isRunning ? notCaughtUp : `${notCaughtUp}, and no process goes on with them`;
};

const trySwitch = async (tx: TransactionSql, lost: ReadonlySet<string>): Promise<boolean> => {
  await tx`select set_config('lock_timeout', ${lockTimeout}, true)`;
  // First and alone, as for a rebuild: whoever applies events begins with this table.
  await tx`lock table consumer_positions in access exclusive mode`;
  const [{ schema }] = await tx<[{ schema: string }]>`select current_schema() as schema`;
  const beside = besideSchema(schema);
  const until = performance.now() + asFarMaxMs;
  if (!(await waitFor(() => isAsFar(tx, beside, lost, 0), until))) return false;
  // From here on the second set gets no more events, and its queues can become empty.
  await tx`lock table ${tx(`${beside}.consumer_positions`)} in exclusive mode`;
  if (!(await waitFor(() => hasShortQueues(tx, beside, 0), until))) return false;
  await tx`select switch_beside()`;
  return true;
};

const waitFor = async (isTrue: () => Promise<boolean>, until: number): Promise<boolean> => {
  while (!(await isTrue())) {
    if (performance.now() > until) return false;
    await wait(pollMs);
  }
  return true;
};

/** Whether the second set has dealt with all that the first has, but for `left` messages, each position by itself. */
const isAsFar = async (
  sql: Sql | TransactionSql,
  beside: string,
  lost: ReadonlySet<string>,
  left: number,
): Promise<boolean> => {
  const [{ isBehind }] = await sql<[{ isBehind: boolean }]>`
    select exists (
      select from consumer_positions as own
        left join ${sql(`${beside}.consumer_positions`)} as other using (source, topic, partition)
      where topic || '/' || partition <> all(${[...lost]}) and own.last_sequence <= ${String(sequenceMax)}
        and (coalesce(own.next_offset, 0) > coalesce(other.next_offset, 0) + ${left}
          or (own.last_sequence > coalesce(other.last_sequence, 0)
            and coalesce(own.next_offset, 0) <= coalesce(other.next_offset, 0)))) as "isBehind"`;
  return !isBehind;
};

const hasShortQueues = async (sql: Sql | TransactionSql, beside: string, left: number): Promise<boolean> => {
  const queues = await sql<{ name: string }[]>`select name from projection_tables where is_queue`;
  for (const { name } of queues) {
    const [{ waits }] = await sql<[{ waits: boolean }]>`
      select exists (select from ${sql(`${beside}.${name}`)} offset ${left}) as waits`;
    if (waits) return false;
  }
  return true;
};
