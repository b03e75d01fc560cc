import { orders as ordersTopic } from '@souk/contracts/orders.ts';
import type { Ladder } from '../climb.ts';
import { untilConsumed } from '../stack/progress.ts';
import { publishAll } from '../stack/publish.ts';
import type { World } from '../stack/world.ts';
import { orderMessages } from './order-messages.ts';

const storedAtFirst = 3_000;

export interface OrdersPlace {
  world: World;
  /** Stored by the service itself, out of the topic. */
  taken: number;
  stored: number;
}

/** 3,000, 30,000 and 300,000 orders that the product service has stored. */
export const orders: Ladder<OrdersPlace> = {
  name: 'orders',
  stepFactors: { 10: 1.5, 100: 3 },
  open: async (stack) => {
    const world = await stack.openWorld();
    await world.start('product');
    const place = { world, taken: 0, stored: 0 };
    await takeOrders(place, storedAtFirst);
    return place;
  },
  grow: async (place, growth) => {
    await multiplyOrders(place, storedAtFirst * growth);
  },
  close: ({ world }) => world.close(),
};

/** Publishes orders and waits until the service has stored them; gives how many it stored in a second. */
export const takeOrders = async (place: OrdersPlace, count: number): Promise<number> => {
  const { world, taken } = place;
  const [{ perSecond }] = await Promise.all([
    untilConsumed(world, 'product', count, taken),
    publishAll(world.brokers, orderMessages(ordersTopic.name, taken, count)),
  ]);
  place.taken += count;
  place.stored += count;
  return perSecond;
};

/** Copies stored orders under new ids, in whichever tables have a part of them, until there are so many. */
const multiplyOrders = async (place: OrdersPlace, wanted: number): Promise<void> => {
  const { sql } = place.world;
  const copies = Math.floor((wanted - place.stored) / storedAtFirst);
  if (copies <= 0) return;
  const tables = await sql<{ name: string; columns: string[] }[]>`
    select table_name as name, array_agg(column_name order by ordinal_position) as columns
    from information_schema.columns
    where table_schema = 'product_service' and is_generated = 'NEVER'
    group by table_name having bool_or(column_name = 'order_uid')
    order by table_name <> 'orders'`;
  const prefix = `copy-${place.stored}-`;
  for (const { name, columns } of tables) {
    const table = sql(`product_service.${name}`);
    const copied = columns.map((column) =>
      column === 'order_uid' ? sql`${prefix} || n || '-' || order_uid` : sql`${sql(column)}`,
    );
    await sql`
      insert into ${table} (${sql(columns)})
      select ${copied.flatMap((part, index) => (index === 0 ? [part] : [sql`,`, part]))}
      from ${table}, generate_series(1, ${copies}::int) as n
      where order_uid like 'bench-%' and substr(order_uid, 7)::int < ${storedAtFirst}`;
    await sql`vacuum analyze ${table}`;
  }
  place.stored += copies * storedAtFirst;
};
