import { boundsOf, type LogRange } from '@souk/service-kit/kafka/log-bounds.ts';
import { readRanges } from '@souk/service-kit/kafka/log-reader.ts';
import { headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { partitionOfKey } from '@souk/service-kit/kafka/partition-of-key.ts';
import type { LogSession } from '../kafka/log-session.ts';

export interface Search {
  /** What is looked for. */
  text: string;
  /** As the key, as the id of the event, or anywhere in key, id or value. */
  by: 'key' | 'id' | 'mention';
  topics: readonly string[];
}

export interface SearchProgress {
  read: number;
  /** Messages in the logs that are looked through. */
  total: number;
  found: number;
  /** `all`: every message was looked at; `found`, `read`: a limit was reached. Missing while it goes on. */
  ended?: 'all' | 'found' | 'read';
}

export const foundMax = 500;
export const readMax = 300_000;
/** Offsets of a partition that are read at once, from the newest on: more, the further back. */
const chunkFirst = 2_000;
const chunkMax = 32_000;

/**
 * Looks for messages in the logs, the newest part first, within limits; by key in the key's partition alone. Ends at the
 * signal. What `found` answers with false is not counted: a count tells what somebody may not see.
 */
export const searchLogs = (
  logs: LogSession,
  { text, by, topics }: Search,
  on: { found(record: ReceivedMessage): boolean; progress(progress: SearchProgress): void },
  signal: AbortSignal,
): Promise<void> =>
  logs.use(async (consumer, metadata) => {
    const matches = matcher(text, by);
    const all = await boundsOf(consumer, metadata, (name) => topics.includes(name));
    const wanted = by === 'key' ? all.filter(isPartitionOf(text, all)) : all;
    const progress = { read: 0, total: wanted.reduce((sum, { from, to }) => sum + to - from, 0), found: 0 };
    let left = wanted.filter(({ from, to }) => to > from);
    for (let chunk = chunkFirst; left.length > 0 && !signal.aborted; chunk = Math.min(2 * chunk, chunkMax)) {
      const parts = left.map((range) => ({ ...range, from: Math.max(range.from, range.to - chunk) }));
      await readRanges(
        consumer,
        parts,
        (record) => {
          if (progress.found < foundMax && matches(record) && on.found(record)) progress.found += 1;
        },
        signal,
      );
      consumer.unassign();
      progress.read += parts.reduce((sum, { from, to }) => sum + to - from, 0);
      left = left.flatMap((range, index) => {
        const to = parts[index]?.from ?? range.from;
        return to > range.from ? [{ ...range, to }] : [];
      });
      if (progress.found >= foundMax || progress.read >= readMax) break;
      on.progress({ ...progress });
    }
    const ended = left.length === 0 ? 'all' : progress.found >= foundMax ? 'found' : 'read';
    on.progress({ ...progress, ended });
  });

const isPartitionOf =
  (key: string, all: readonly LogRange[]) =>
  ({ topic, partition }: LogRange): boolean =>
    partition === partitionOfKey(key, all.filter((range) => range.topic === topic).length);

/** What is compared is the text of key, id, type and value as they are, so that a match is what a person sees. */
export const matcher = (text: string, by: Search['by']): ((record: ReceivedMessage) => boolean) => {
  if (by === 'key') return ({ key }) => key?.toString() === text;
  if (by === 'id') return ({ headers }) => headerText(headers, 'ce_id') === text;
  return ({ key, value, headers }) =>
    (value?.includes(text) ?? false) ||
    (key?.includes(text) ?? false) ||
    headerText(headers, 'ce_id') === text ||
    (headerText(headers, 'ce_type')?.includes(text) ?? false);
};
