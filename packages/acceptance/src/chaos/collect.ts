import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import { consumersOf } from '@souk/contracts/services.ts';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { documentTopics, topics } from '@souk/contracts/topics.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import { projectionDifferences } from '../resilience/projection-differences.ts';
import type { ChaosMesh } from './chaos-mesh.ts';
import type { Evidence, FoundDeadLetter, LoggedEvent, OutboxRow } from './evidence.ts';
import { poisonHeader } from './journal.ts';

/** What a quiet mesh holds, read from outside: the tables and the log. */
export const collectEvidence = async ({
  mesh: { sql },
  broker: { brokers },
  buyers,
  stocked,
}: ChaosMesh): Promise<Evidence> => {
  const outboxes: Record<string, OutboxRow[]> = {};
  const logs: Record<string, LoggedEvent[]> = {};
  for (const { name, owner, events } of topics) {
    outboxes[name] = await sql<OutboxRow[]>`
      select id as sequence, event_id as id, key from ${sql(`${owner}_service`)}.outbox
      where type = any(${Object.keys(events)}) order by outbox.id`;
    logs[name] = await readLog(brokers, name);
  }
  return {
    owners: {
      activities: await sql`
        select id, user_id, type, product_id, quantity, unit_price_minor from user_service.events`,
      orders: await sql`
        select order_uid, count(line) as lines, status = 'cancelled' as cancelled from product_service.orders
        left join product_service.order_items using (order_uid) group by order_uid, status`,
      checkouts: await sql`
        select order_uid, cleared_at is not null as cleared, coalesce(times, 0) as times
        from product_service.checkouts left join (
          select data::json ->> 'order_uid' as order_uid, count(*) as times from user_service.outbox
          where type = 'user.cart_updated.v1' group by 1
        ) as taken_out using (order_uid)`,
      stocked: await sql`
        select id, stock + (
          select coalesce(sum(stock_taken - least(stock_taken,
            greatest(cancelled_quantity + returned_quantity - backordered_quantity, 0))), 0)::bigint
          from product_service.order_items where product_id = products.id) as total
        from product_service.products where id = any(${stocked}::uuid[])`,
      carts: await sql`
        select id, jsonb_array_length(cart::jsonb) as lines from user_service.users where id = any(${buyers}::uuid[])`,
      products: await sql`select id, sku, price_minor from product_service.products`,
      users: await sql`select email from user_service.users`,
    },
    ...{ outboxes, logs, groupsOf: consumersOf },
    deadLetters: await readDeadLetters(brokers),
    projections: await projectionDifferences(sql),
  };
};

const readLog = async (brokers: string, topic: string): Promise<LoggedEvent[]> =>
  (await readTopic(brokers, topic))
    .filter((message) => headerOf(message, poisonHeader) === undefined)
    .map((message) => {
      const { version } = JSON.parse(`${message.value}`) as { version?: number };
      return {
        partition: message.partition,
        sequence: Number(headerOf(message, 'ce_sequence')),
        id: `${headerOf(message, 'ce_id')}`,
        key: `${message.key}`,
        ...(version !== undefined && { version }),
      };
    });

const readDeadLetters = async (brokers: string): Promise<FoundDeadLetter[]> => {
  const found: FoundDeadLetter[] = [];
  for (const { name: topic } of [...topics, ...documentTopics])
    for (const group of consumersOf(topic))
      for (const message of await readTopic(brokers, deadLetterTopic(topic, group))) {
        const poison = headerOf(message, poisonHeader);
        const id = `${headerOf(message, deadLetterHeader.id)}: ${headerOf(message, deadLetterHeader.errorMessage)}`;
        found.push({ topic, group, id, ...(poison !== undefined && { poison }) });
      }
  return found;
};
