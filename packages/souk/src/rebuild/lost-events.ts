import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { type LogRange, partitionName } from '@souk/service-kit/kafka/log-bounds.ts';
import { logRanges, readLogs } from '@souk/service-kit/kafka/log-reader.ts';
import { headerText } from '@souk/service-kit/kafka/message.ts';
import type postgres from 'postgres';
import { formatCount } from '../client/numbers.ts';

/** A partition that no longer has what the tables were made from. */
export interface LostEvents {
  topic: string;
  partition: number;
  /** What is wrong with it, for a person. */
  what: string;
  /** Not even its last events are there: what comes out of it will not become level. */
  endIsLost: boolean;
}

interface Position {
  topic: string;
  partition: number;
  /** Of a retry topic, whose numbers are offsets, there is no first one; nor where the service did not note it. */
  first: string | null;
  last: string;
}

const undefinedColumn = '42703';
/** So many offsets at the beginning of a partition are looked at: what stands before the first event is not many. */
const lookedAt = 100;

/**
 * Compares what the tables were made from, by the positions of their service, with what Kafka has: partitions whose
 * oldest messages were deleted, and those of a broker that lost its log and got back from the outbox what that still
 * had. Throws an Error for the user when no broker answers.
 */
export const lostEvents = async (
  sql: postgres.Sql,
  brokers: KafkaAddress,
  { events, retries }: { events: readonly string[]; retries: readonly string[] },
): Promise<LostEvents[]> => {
  const positions = await sql<Position[]>`
    select topic, partition, first_sequence::text as first, last_sequence::text as last from consumer_positions
    where last_sequence > 0`.catch((error: { code?: string }) => {
    if (error.code !== undefinedColumn) throw error;
    throw new Error('the service has last run in an older build than this command: start the new one first');
  });
  const oldest = await oldestNumbers(brokers, events);
  const ranges = await logRanges(brokers, [...events, ...retries]);
  const positionOf = new Map(positions.map((position) => [partitionName(position), position]));
  return ranges.flatMap((range) => {
    const position = positionOf.get(partitionName(range));
    const { topic, partition } = range;
    const lost = retries.includes(topic)
      ? lostOffsets(range, position)
      : lostNumbers(range, position, oldest);
    return lost ? [{ topic, partition, ...lost }] : [];
  });
};

type Lost = Pick<LostEvents, 'what' | 'endIsLost'>;

const lostOffsets = ({ from, to }: LogRange, position: Position | undefined): Lost | undefined => {
  if (position && to < Number(position.last))
    return { what: `ends at offset ${to}, and was read up to ${position.last}`, endIsLost: true };
  return from > 0 ? { what: `begins at offset ${from}`, endIsLost: false } : undefined;
};

const lostNumbers = (
  range: LogRange,
  position: Position | undefined,
  oldest: ReadonlyMap<string, bigint>,
): Lost | undefined => {
  if (range.from > 0) return { what: `begins at offset ${range.from}`, endIsLost: range.from === range.to };
  if (!position) return undefined;
  if (range.to === 0) return { what: 'is empty', endIsLost: true };
  const [number, first] = [oldest.get(partitionName(range)), position.first];
  if (number === undefined || first === null || number <= BigInt(first)) return undefined;
  const [now, before] = [number, first].map((one) => formatCount(Number(one)));
  return { what: `begins with event ${now}, and did with ${before}`, endIsLost: false };
};

/** The lowest number of an event at the beginning of each partition that has one there. */
const oldestNumbers = async (
  brokers: KafkaAddress,
  topics: readonly string[],
): Promise<ReadonlyMap<string, bigint>> => {
  const oldest = new Map<string, bigint>();
  await readLogs(
    brokers,
    (name) => topics.includes(name),
    ({ topic, partition, headers }) => {
      const text = headerText(headers, 'ce_sequence') ?? '';
      if (!/^[1-9]\d{0,17}$/.test(text)) return;
      const [name, number] = [partitionName({ topic, partition }), BigInt(text)];
      if (number < (oldest.get(name) ?? number + 1n)) oldest.set(name, number);
    },
    lookedAt,
  );
  return oldest;
};
