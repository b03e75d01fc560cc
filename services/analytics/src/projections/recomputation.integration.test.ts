import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productDeleted,
  productPurchased,
  productSaved,
  purchaseData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testId } from '../testing/messages.ts';

const partitions = 2;
const entities = 4;
/** In the middle of what happens; no minute has passed yet. */
const began = new Date('2026-02-27T00:00:00Z');

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
  await createExpectations(database.db.sql);
});
afterAll(() => database.drop());

test('any interleaving, repetition and batching gives what a recomputation from the facts gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), deliveries, async (steps, plans) => {
      const history = tell(steps);
      await database.clear();
      await database.windowsUntil(began);
      await storeFacts(database.db.sql, history);

      const logs = [userUpdates.name, productUpdates.name].flatMap((topic) =>
        Array.from({ length: 2 * partitions }, (_, partition) =>
          history.messages.filter((message) => message.topic === topic && message.partition === partition),
        ),
      );
      // All partitions at once, as the consumer does: they meet in the rows that they share. Meanwhile time goes by.
      const clock = { now: began };
      const outcomes = await Promise.allSettled(
        logs.map((log, index) => deliver(log, plans[index % plans.length] ?? [], clock)),
      );
      await database.fold(clock.now);
      await setClock(database.db.sql, clock.now);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);

      expect(await differences(database.db.sql)).toEqual([]);
      expect(database.deadLetters).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

interface Step {
  /** The user who acts or changes, the product that is ordered or changes. */
  entity: number;
  kind: 'save user' | 'delete user' | 'act' | 'order' | 'save product' | 'delete product';
  type: string;
  product: number | null;
  /** Who orders. */
  customer: number | null;
  quantity: number | null;
  unitPriceMinor: number | null;
  occurredAt: string;
  /** Comes on a partition of its own, in no order with the others of its key: as what was replayed does. */
  replayed: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  entity: fc.nat(entities - 1),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('act' as const, 'order' as const) },
    { weight: 2, arbitrary: fc.constantFrom('save user' as const, 'save product' as const) },
    { weight: 1, arbitrary: fc.constantFrom('delete user' as const, 'delete product' as const) },
  ),
  type: fc.constantFrom('view', 'like', 'add_to_cart', 'purchase', 'share'),
  product: fc.option(fc.nat(entities - 1)),
  customer: fc.option(fc.nat(entities - 1)),
  quantity: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
  unitPriceMinor: fc.option(fc.integer({ min: 0, max: 1_000_000_000_000 })),
  replayed: fc.boolean(),
  occurredAt: fc.oneof(
    fc
      .integer({ min: 0, max: 3 * 86_400_000 })
      .map((ms) => new Date(Date.UTC(2026, 1, 27) + ms).toISOString()),
    fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
});

/**
 * For each partition: how many messages each batch takes, how many of them come again with the next, and how many
 * minutes later that is.
 */
const deliveries = fc.array(
  fc.array(fc.record({ size: fc.integer({ min: 1, max: 8 }), again: fc.nat(4), minutes: fc.nat(60) }), {
    minLength: 1,
    maxLength: 6,
  }),
  { minLength: 4 * partitions, maxLength: 4 * partitions },
);

/** An activity or a line of an order, as the owners know them. */
interface Fact {
  ordered: boolean;
  type: string;
  user: number | null;
  product: number | null;
  quantity: number | null;
  unitPriceMinor: number | null;
  occurredAt: string;
}

interface History {
  messages: ReceivedMessage[];
  facts: Fact[];
  users: Map<number, { version: number; deleted: boolean }>;
  products: Map<number, { version: number; deleted: boolean; name: string | null; nameVersion: number }>;
}

/** Lets the steps happen one after the other: states get their versions, events the numbers of their outbox. */
const tell = (steps: readonly Step[]): History => {
  const history: History = { messages: [], facts: [], users: new Map(), products: new Map() };
  const { messages, facts, users, products } = history;
  for (const [index, one] of steps.entries()) {
    const { entity, kind } = one;
    const numbered = {
      sequence: index + 1,
      partition: (entity % partitions) + (one.replayed ? partitions : 0),
    };
    const user = users.get(entity) ?? { version: 0, deleted: false };
    const product = products.get(entity) ?? { version: 0, deleted: false, name: null, nameVersion: 0 };
    if (kind === 'act') {
      facts.push({ ...one, ordered: false, user: entity });
      messages.push(activityRecorded(numbered, activityData(entity, one.type, one.occurredAt, one)));
    } else if (kind === 'order') {
      const { occurredAt, customer: user } = one;
      const line = { user, quantity: one.quantity ?? 1, unitPriceMinor: one.unitPriceMinor ?? 0 };
      facts.push({ ...line, ordered: true, type: 'purchase', product: entity, occurredAt });
      messages.push(productPurchased(numbered, purchaseData(entity, occurredAt, line)));
    } else if (kind === 'save user' && !user.deleted) {
      users.set(entity, { version: user.version + 1, deleted: false });
      messages.push(userSaved(numbered, entity, user.version + 1));
    } else if (kind === 'delete user' && user.version > 0 && !user.deleted) {
      users.set(entity, { version: user.version + 1, deleted: true });
      messages.push(userDeleted(numbered, entity, user.version + 1));
    } else if (kind === 'save product' && !product.deleted) {
      const name = `Product ${entity}, ${product.version + 1}`;
      const version = product.version + 1;
      products.set(entity, { version, deleted: false, name, nameVersion: version });
      messages.push(productSaved(numbered, entity, version, name));
    } else if (kind === 'delete product' && product.version > 0 && !product.deleted) {
      products.set(entity, { ...product, version: product.version + 1, deleted: true });
      messages.push(productDeleted(numbered, entity, product.version + 1));
    }
  }
  return history;
};

const deliver = async (
  log: readonly ReceivedMessage[],
  plan: readonly { size: number; again: number; minutes: number }[],
  clock: { now: Date },
) => {
  for (let offset = 0, batch = 0; offset < log.length; batch++) {
    const { size, again, minutes } = plan[batch % plan.length] ?? { size: 1, again: 0, minutes: 1 };
    await database.apply(log.slice(offset, offset + size));
    clock.now = new Date(clock.now.getTime() + minutes * 60_000);
    if (batch % 3 === 0) await database.fold(clock.now);
    offset += Math.max(1, size - again);
  }
  // And the whole log once more, as a broker that has lost its offsets would.
  if (log.length > 0) await database.apply(log);
};

/** The end of the current minute, which the windows end with. */
const setClock = async (sql: Sql, now: Date): Promise<void> => {
  await sql`truncate clock`;
  await sql`insert into clock (until) values (date_trunc('minute', ${now}::timestamptz) + interval '1 minute')`;
};

const storeFacts = async (sql: Sql, { facts, users, products }: History): Promise<void> => {
  await sql`truncate facts, owned_users, expected_products`;
  const id = (kind: 'user' | 'product', number: number | null) =>
    number === null ? null : testId(kind, number);
  for (const { ordered, user, type, product, quantity, unitPriceMinor, occurredAt } of facts)
    await sql`
      insert into facts (ordered, user_id, type, product_id, quantity, unit_price_minor, occurred_at)
      values (${ordered}, ${id('user', user)}, ${type}, ${id('product', product)}, ${quantity},
        ${unitPriceMinor}, ${occurredAt})`;
  for (const [entity, { version, deleted }] of users)
    await sql`
      insert into owned_users (user_id, version, deleted)
      values (${testId('user', entity)}, ${version}, ${deleted})`;
  for (const [entity, { version, deleted, name, nameVersion }] of products)
    await sql`
      insert into expected_products (product_id, version, name, deleted, name_version)
      values (${testId('product', entity)}, ${version}, ${name}, ${deleted}, ${nameVersion})`;
};

/** What the tables should hold, said in SQL over the bare facts: nothing of it goes through the service's code. */
const createExpectations = (sql: Sql) =>
  sql.unsafe(`
    create table clock (until timestamptz);
    create table facts (ordered boolean,
      user_id uuid, type text, product_id uuid, quantity bigint, unit_price_minor bigint, occurred_at timestamptz(3));
    create table owned_users (user_id uuid, version bigint, deleted boolean);
    create table expected_products (product_id uuid, version bigint, name text, deleted boolean, name_version bigint);

    create view bucketed as
      select period::rollup_granularity as granularity,
        (case period when 'all' then '1970-01-01 00:00Z' else date_trunc(period, occurred_at, 'UTC') end)::timestamptz(3)
          as bucket, facts.*
      from facts cross join unnest(array['minute', 'hour', 'day', 'all']) as periods (period);
    create view sales as
      select *, coalesce(quantity, 1) as units,
        coalesce(quantity, 1)::numeric * coalesce(unit_price_minor, 0) as revenue
      from bucketed where type = 'purchase';
    create view facts_of_present as
      select * from facts where user_id is not null
        and user_id not in (select user_id from owned_users where deleted);
    create view expected_users as
      select user_id, coalesce(version, 0) as version, coalesce(deleted, false) as deleted, last_active
      from owned_users full join (
        select user_id, date_trunc('minute', max(occurred_at), 'UTC')::timestamptz(3) as last_active
        from facts_of_present group by user_id
      ) as active using (user_id);
    create view expected_entity_counts as
      select 'user' as entity, count(*) filter (where not deleted) as present, count(*) as ever
      from owned_users having count(*) > 0
      union all
      select 'product', count(*) filter (where not deleted), count(*) from expected_products having count(*) > 0;

    create view expected_product_rollups as
      select granularity, product_id, bucket,
        count(*) filter (where type = 'view') as views,
        count(*) filter (where type = 'like') as likes,
        count(*) filter (where type = 'add_to_cart') as carts,
        count(*) filter (where type = 'purchase') as purchases,
        coalesce(sum(coalesce(quantity, 1)) filter (where type = 'purchase'), 0)::bigint as units,
        coalesce(sum(coalesce(quantity, 1)::numeric * coalesce(unit_price_minor, 0))
          filter (where type = 'purchase'), 0)::numeric(38, 0) as revenue_minor
      from bucketed
      where product_id is not null and granularity <> 'all' and type in ('view', 'like', 'add_to_cart', 'purchase')
      group by granularity, product_id, bucket;
    create view expected_sales_rollups as
      select granularity, bucket, count(*) as purchases, sum(units)::bigint as units,
        sum(revenue)::numeric(38, 0) as revenue_minor
      from sales group by granularity, bucket;
    create view expected_activity_rollups as
      select granularity, bucket, type, count(*) as count from bucketed where not ordered
      group by granularity, bucket, type;
    create view expected_active_users as
      select distinct date_trunc(period, occurred_at, 'UTC')::timestamptz(3) as bucket, user_id,
        period::rollup_granularity as granularity
      from facts_of_present cross join unnest(array['day', 'week', 'month']) as periods (period);
    create view expected_active_user_counts as
      select granularity, bucket, count(*) as users
      from expected_active_users join owned_users using (user_id) group by granularity, bucket;
    create view expected_last_active_counts as
      select period::rollup_granularity as granularity,
        (case period when 'all' then '1970-01-01 00:00Z' else date_trunc(period, last_active, 'UTC') end)::timestamptz(3)
          as bucket, count(*) as users
      from expected_users cross join unnest(array['minute', 'hour', 'day', 'all']) as periods (period)
      where version > 0 and last_active is not null
      group by 1, 2;
    create view expected_user_activity as
      select user_id, type, count(*) as count, min(occurred_at) as first_seen, max(occurred_at) as last_seen
      from facts_of_present group by user_id, type;
    create view expected_user_products as
      select user_id, product_id, count(*) as interactions, count(*) filter (where type = 'purchase') as purchases
      from facts_of_present where product_id is not null group by user_id, product_id;

    create view expected_product_windows as
      select name as window_name, product_id, sum(views)::bigint as views, sum(likes)::bigint as likes,
        sum(carts)::bigint as carts, sum(purchases)::bigint as purchases, sum(units)::bigint as units,
        sum(revenue_minor)::numeric(38, 0) as revenue_minor
      from expected_product_rollups join (
        values ('1h', 1), ('24h', 24), ('7d', 7 * 24), ('30d', 30 * 24), ('all', null)
      ) as windows (name, hours) on hours is null or (bucket < (select until from clock)
        and bucket >= (select until from clock) - make_interval(hours => hours))
      where granularity = 'minute' group by name, product_id;
    create view expected_ranked as
      select window_name, metric, product_id, amount,
        row_number() over (partition by window_name, metric order by amount desc, product_id) as rank
      from expected_product_windows cross join lateral (
        values ('views', views), ('likes', likes), ('carts', carts), ('purchases', purchases), ('units', units),
          ('revenue', revenue_minor)
      ) as amounts (metric, amount)
      where amount > 0;
    create view ranked as
      select window_name, metric, product_id, amount, rank
      from product_rankings
        cross join unnest(product_ids, amounts) with ordinality as ranked (product_id, amount, rank);
    create view product_changes_left as select * from product_changes;
    create view expected_product_changes_left as select * from product_changes where false;
  `);

/** Tables and views of them, each with what is expected of it. */
const projectedTables = [
  ...[
    'users',
    'products',
    'entity_counts',
    'product_rollups',
    'sales_rollups',
    'activity_rollups',
    'active_users',
  ],
  ...[
    'active_user_counts',
    'last_active_counts',
    'user_activity',
    'user_products',
    'product_windows',
    'ranked',
  ],
  'product_changes_left',
];

/** Every row that a table has too much or too little. */
const differences = async (sql: Sql): Promise<object[]> => {
  const found = await Promise.all(
    projectedTables.map((table) =>
      sql.unsafe(`
        (select '${table} has' as what, to_json(t)::text as row from (table ${table} except table expected_${table}) as t)
        union all
        (select '${table} lacks', to_json(t)::text from (table expected_${table} except table ${table}) as t)`),
    ),
  );
  return found.flat();
};
