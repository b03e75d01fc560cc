import type { Flow } from './backlog.ts';
import { chunked, inParallel } from './in-parallel.ts';
import { batchItemsMax, type EventToRecord, type Shop } from './shop.ts';

export interface RecordedAll {
  imported: number;
  repeated: number;
  rejected: number;
  /** The first reasons of rejected events. */
  rejections: string[];
}

export interface RecordAllOptions {
  shop: Pick<Shop, 'recordEvents'>;
  flow: Pick<Flow, 'pass'>;
  /** Batches under way at once. */
  concurrency: number;
  onDone(count: number): void;
}

const rejectionsShownMax = 5;

/** Records events in batches. Those with the same id are one, also within a batch. */
export const recordAll = async (
  events: AsyncIterable<EventToRecord>,
  { shop, flow, concurrency, onDone }: RecordAllOptions,
): Promise<RecordedAll> => {
  const all: RecordedAll = { imported: 0, repeated: 0, rejected: 0, rejections: [] };
  await inParallel(chunked(events, batchItemsMax), concurrency, async (batch) => {
    const distinct = [...new Map(batch.map((event) => [event.id, event])).values()];
    await flow.pass(distinct.length);
    const { recorded, repeated, rejected } = await shop.recordEvents(distinct);
    all.imported += recorded;
    all.repeated += repeated + batch.length - distinct.length;
    all.rejected += rejected.length;
    const reasons = new Set([...all.rejections, ...rejected.map(({ reason }) => reason)]);
    all.rejections = [...reasons].slice(0, rejectionsShownMax);
    onDone(batch.length);
  });
  return all;
};
