import { userUpdates } from '@souk/contracts/user-updates.ts';
import { openProducer, type ProducerSession } from '@souk/service-kit/kafka/producer.ts';
import type { Ladder } from '../climb.ts';
import { productionEnv } from '../stack/production.ts';
import { startWorker, type Worker } from '../stack/worker.ts';
import type { World } from '../stack/world.ts';

const rowsAtFirst = 2_000;
/** Drained before anything is measured. */
const warmUpRows = 5_000;

const bareProducer = new URL('../bare/bare-producer-main.ts', import.meta.url);

export interface RelayPlace {
  world: World;
  /** Publishes so many messages, and gives the rate. */
  bare: Worker<number, number>;
  /** How many rows are to wait. */
  waiting: number;
  /** How many messages the topic holds. */
  published(): Promise<number>;
  kafka: ProducerSession;
}

/** 2,000, 20,000 and 200,000 rows of activity that wait in the outbox of the user service. */
export const relay: Ladder<RelayPlace> = {
  name: 'relay',
  stepFactors: { 10: 2, 100: 6 },
  open: async (stack) => {
    const world = await stack.openWorld();
    const kafka = await openProducer({ brokers: world.brokers, clientId: 'bench' });
    await world.start('user');
    const published = async () => {
      const ends = Array.from({ length: userUpdates.partitions }, (_, partition) =>
        kafka.logEnd(userUpdates.name, partition),
      );
      return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
    };
    const bare = startWorker<number, number>(bareProducer, [world.brokers], {
      ...process.env,
      ...productionEnv(),
    });
    await addRows(world, warmUpRows);
    await bare.ask(warmUpRows);
    return { world, bare, waiting: 0, published, kafka };
  },
  grow: async (place, growth) => {
    place.waiting = rowsAtFirst * growth;
  },
  close: async ({ world, bare, kafka }) => {
    await Promise.all([bare.stop(), kafka.close()]);
    await world.close();
  },
};

/** They become visible to the relay all at once. */
export const addRows = async ({ sql }: World, count: number): Promise<void> => {
  await sql`
    insert into user_service.outbox (event_id, type, key, data)
    select uuidv7(), 'user.activity_recorded.v1', key, json_build_object(
      'event_id', uuidv7(), 'user_id', key, 'type', 'view', 'product_id', gen_random_uuid(), 'quantity', null,
      'unit_price_minor', null, 'occurred_at', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from (select gen_random_uuid()::text as key from generate_series(1, ${count}::int)) as keys`;
};
