import type { TransactionSql } from '../postgres/database.ts';

export interface Position {
  source: string;
  topic: string;
  partition: number;
}

/**
 * Locks a partition's position until the transaction ends and returns the last number applied (0 when
 * none was). Two consumers of one partition, one of them unaware that it lost it, take turns here.
 */
export const lockPosition = async (
  tx: TransactionSql,
  { source, topic, partition }: Position,
): Promise<bigint> => {
  const [row] = await tx<[{ last: string }]>`
    insert into consumer_positions (source, topic, partition) values (${source}, ${topic}, ${partition})
    on conflict (source, topic, partition) do update set updated_at = now()
    returning last_sequence::text as last`;
  return BigInt(row.last);
};

/** Moves a locked position on; `last` is the number of the last event of the batch. */
export const advancePosition = async (
  tx: TransactionSql,
  { source, topic, partition }: Position,
  last: bigint,
): Promise<void> => {
  await tx`
    update consumer_positions set last_sequence = ${last.toString()}
    where source = ${source} and topic = ${topic} and partition = ${partition}`;
};
