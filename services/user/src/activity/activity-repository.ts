import { parseExactJson } from '@souk/contracts/json/exact-json.ts';
import { constantFragment, type Database } from '@souk/service-kit/postgres/database.ts';
import { type Activity, isRepeat, type NewActivity } from './activity.ts';
import { type Insertion, insertEvent, insertEvents } from './activity-statements.ts';

export type Outcome =
  | { outcome: 'recorded' | 'repeated'; activity: Activity }
  | { outcome: 'user_not_found' | 'event_conflict' };

export interface ActivityPage {
  userId?: string | undefined;
  type?: string | undefined;
  /** From this time on. */
  from?: Date | undefined;
  /** Before this time. */
  to?: Date | undefined;
  /** Time and id of the last activity before the page. */
  after?: readonly [occurredAt: Date, id: string] | undefined;
  limit: number;
}

/** The activity events in Postgres. Recording stores them with what is published, then calls `onCommitted`. */
export const activityRepository = ({ db, onCommitted }: { db: Database; onCommitted: () => void }) => {
  const findAll = async (ids: string[]): Promise<Map<string, Activity>> => {
    const rows = await db.getAll(
      'find_events',
      (sql) => sql<Row[]>`select ${columns(sql)} from events where id = any(${ids}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, activityOf(row)]));
  };

  return {
    /**
     * Records activities with one statement, in their order, and gives the outcome of each: the same as if they came
     * one by one, so a repeat may be in the same call.
     */
    record: async (given: readonly NewActivity[]): Promise<Outcome[]> => {
      const [only, ...more] = given;
      if (only === undefined) return [];
      const results = await (more.length === 0
        ? db.save('record_event', (sql) => insertEvent(sql, only))
        : db.save('record_events', (sql) => insertEvents(sql, [only, ...more])));
      if (results.some(({ recorded }) => recorded)) onCommitted();
      const unresolved = given.filter((_, index) => isUnresolved(results[index] as Insertion));
      const stored = unresolved.length > 0 ? await findAll(unresolved.map(idOf)) : new Map();
      return given.map((item, index) => {
        const result = results[index] as Insertion;
        return isUnresolved(result) ? compare(item, stored.get(idOf(item))) : outcomeOf(item, result);
      });
    },

    find: async (id: string): Promise<Activity | undefined> => {
      const [row] = await db.get(
        'find_event',
        (sql) => sql<Row[]>`select ${columns(sql)} from events where id = ${id}`,
      );
      return row && activityOf(row);
    },

    /** The activities of a page and one more, newest first. */
    list: async ({ userId, type, from, to, after, limit }: ActivityPage): Promise<Activity[]> => {
      const rows = await db.getAll(
        'list_events',
        (sql) => sql<Row[]>`
          select ${columns(sql)} from events
          where true
            ${userId === undefined ? sql`` : sql`and user_id = ${userId}`}
            ${type === undefined ? sql`` : sql`and type = ${type}`}
            ${from === undefined ? sql`` : sql`and occurred_at >= ${from}`}
            ${to === undefined ? sql`` : sql`and occurred_at < ${to}`}
            ${after === undefined ? sql`` : sql`and (occurred_at, id) < (${after[0]}, ${after[1]})`}
          order by occurred_at desc, id desc limit ${limit + 1}`,
      );
      return rows.map(activityOf);
    },
  };
};

const columns = constantFragment(
  (sql) => sql`
    id, user_id as "userId", type, product_id as "productId", quantity, unit_price_minor as "unitPriceMinor",
    occurred_at as "occurredAt", recorded_at as "recordedAt", given_at as "givenAt", taken_at_receipt as "takenAtReceipt",
    data::text as data`,
);

type Row = Omit<Activity, 'data'> & { data: string | null };

/** Read by the driver, the data would lose digits of large numbers. */
const activityOf = ({ data, ...row }: Row): Activity => ({
  ...row,
  data: data === null ? null : (parseExactJson(data) as Activity['data']),
});

const idOf = ({ activity }: NewActivity): string => activity.id;

/** Its id was there before, in the table or in the same call. */
const isUnresolved = ({ known, recorded }: Insertion): boolean => known && !recorded;

const outcomeOf = ({ activity }: NewActivity, { recorded }: Insertion): Outcome =>
  recorded ? { outcome: 'recorded', activity } : { outcome: 'user_not_found' };

/** Nothing stored: the event that had the id was erased with its user a moment ago. So the id was taken when it was needed. */
const compare = (item: NewActivity, stored: Activity | undefined): Outcome =>
  stored && isRepeat(item, stored)
    ? { outcome: 'repeated', activity: stored }
    : { outcome: 'event_conflict' };
