import { type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { sequenceLimit } from '@souk/service-kit/consumer/outcome.ts';
import { readLogs } from '@souk/service-kit/kafka/log-reader.ts';
import { headerText } from '@souk/service-kit/kafka/message.ts';
import type postgres from 'postgres';
import { withServiceDatabase } from '../client/service-database.ts';

export interface AdvanceOptions {
  service: ServiceName;
  /** Of the service's own role. */
  databaseUrl: string;
  brokers: KafkaAddress;
  /** How many messages of the topic have been read; called now and then. */
  onProgress(read: number): void;
}

export interface Advanced {
  /** The last number that the database had given out, and the highest one on the topic; 0 when there is none. */
  given: bigint;
  published: bigint;
  /** Events on the topic that the database does not know, by type. A repeat counts once more. */
  unknown: ReadonlyMap<string, number>;
}

const progressEvery = 10_000;

/** The services that publish: those that own a topic of events. */
export const publishers = serviceNames.filter((name) => services[name].publishes);

/**
 * Moves the numbers of the service's events past every number on its topic, which a database restored from a backup
 * would give out again: consumers would take the events for repeats. Changes nothing when it is past them already.
 * Holds the relay's lock meanwhile. Throws an Error for the user, with nothing changed, when a relay runs, when the
 * service writes meanwhile, and when database or Kafka cannot be asked.
 */
export const advanceOutbox = ({
  service,
  databaseUrl,
  brokers,
  onProgress,
}: AdvanceOptions): Promise<Advanced> =>
  withServiceDatabase({ service, url: databaseUrl, table: 'outbox_cursor' }, async (sql) => {
    const topic = services[service].publishes as string;
    await lockRelay(sql, service, topic);
    const given = await lastGiven(sql);
    const known = await lastKnown(sql);
    const unknown = new Map<string, number>();
    let published = 0n;
    let read = 0;
    await readLogs(
      brokers,
      (name) => name === topic,
      ({ headers }) => {
        read += 1;
        if (read % progressEvery === 0) onProgress(read);
        const text = headerText(headers, 'ce_sequence') ?? '';
        if (!/^[1-9]\d{0,17}$/.test(text)) return;
        const number = BigInt(text);
        // Not the owner's: consumers refuse it too, and would refuse what came after it.
        if (number > sequenceLimit(published > given ? published : given)) return;
        if (number > published) published = number;
        if (number <= known) return;
        const type = headerText(headers, 'ce_type') ?? '';
        unknown.set(type, (unknown.get(type) ?? 0) + 1);
      },
    );
    if (published > given) await moveSequence(sql, { service, from: given, to: published });
    return { given, published, unknown };
  });

/** Whoever has this lock is the one relay of the service: see the kit's outbox. */
const lockRelay = async (sql: postgres.Sql, service: ServiceName, topic: string): Promise<void> => {
  const [row] = await sql<[{ acquired: boolean }]>`
    select pg_try_advisory_lock(hashtextextended(${`souk:relay:${topic}`}, 0)) as acquired`;
  if (!row.acquired) throw new Error(`${service} is running on this database: stop it first, every replica`);
};

/** No event is being written while it looks and moves. */
const moveSequence = async (
  sql: postgres.Sql,
  { service, from, to }: { service: ServiceName; from: bigint; to: bigint },
): Promise<void> => {
  await sql.begin(async (tx) => {
    await tx`lock table outbox in exclusive mode`;
    if ((await lastGiven(tx)) !== from)
      throw new Error(
        `${service} wrote meanwhile, under numbers that are taken: stop every replica, restore the database again, and start over`,
      );
    await tx`select setval('outbox_id_seq', ${to.toString()}::bigint)`;
  });
};

const lastGiven = async (sql: postgres.ISql): Promise<bigint> => {
  const [row] = await sql<[{ given: string }]>`
    select case when is_called then last_value else 0 end::text as given from outbox_id_seq`;
  return BigInt(row.given);
};

/** The sequence may be ahead of the rows: it is not part of a backup's snapshot, and after a crash it leaps. */
const lastKnown = async (sql: postgres.ISql): Promise<bigint> => {
  const [row] = await sql<[{ known: string }]>`
    select greatest((select max(id) from outbox), last_id)::text as known from outbox_cursor`;
  return BigInt(row.known);
};
