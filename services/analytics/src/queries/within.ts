import type { Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { cover, earliest, latest, type TimeRange } from './window.ts';

/**
 * The condition that takes from a rollup the buckets that cover a time range. Written out, so that each span is
 * one scan of the index on (granularity, bucket); for a join with a list of spans Postgres reads the whole
 * table. A time range without a beginning is the one bucket of everything, with what is dated ahead of the clock; one
 * until `latest` has no end.
 */
export const within = (sql: Sql, timeRange: TimeRange): Fragment =>
  timeRange.from <= earliest
    ? sql`granularity = 'all'`
    : cover(timeRange)
        .map(
          ({ granularity, from, to }): Fragment =>
            to < latest
              ? sql`(granularity = ${granularity} and bucket >= ${from} and bucket < ${to})`
              : sql`(granularity = ${granularity} and bucket >= ${from})`,
        )
        .reduce((some, next) => sql`(${some} or ${next})`);
