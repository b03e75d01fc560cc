import type {
  ConsumerOperations,
  PartitionState,
  TopicState,
} from '../../../server/operations/read-operations.ts';

/** How far the partitions of a topic are behind, together. */
export interface Behind {
  partitions: number;
  /** Messages; null when that is not known. */
  behind: number | null;
  /** Of the partition that is furthest behind; null when that is not known. */
  behindMs: number | null;
  movedAt: string | null;
  isRebuilding: boolean;
}

export const behindOf = (partitions: readonly PartitionState[]): Behind => {
  const known = partitions.flatMap(({ behind }) => behind ?? []);
  const ages = partitions.flatMap(({ behind_ms }) => behind_ms ?? []);
  return {
    partitions: partitions.length,
    behind: known.length < partitions.length ? null : known.reduce((sum, one) => sum + one, 0),
    behindMs: ages.length < partitions.length ? null : Math.max(0, ...ages),
    movedAt:
      partitions
        .flatMap(({ updated_at }) => updated_at ?? [])
        .toSorted()
        .at(-1) ?? null,
    isRebuilding: partitions.some(({ is_rebuilding }) => is_rebuilding),
  };
};

/** What has been read of a consumer's topics, in offsets. */
export const totalOf = ({
  topics,
}: ConsumerOperations): { done: number; total: number; isRebuilding: boolean } => {
  const all = topics.flatMap(({ partitions }) => partitions);
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    done: sum(all.map(({ from, next }) => (next ?? from) - from)),
    total: sum(all.map(({ from, to }) => to - from)),
    isRebuilding: all.some(({ is_rebuilding }) => is_rebuilding),
  };
};

export const isDrifting = ({ partitions, wanted_partitions }: TopicState): boolean =>
  partitions !== null && partitions !== wanted_partitions;
