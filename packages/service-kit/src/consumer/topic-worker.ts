import { performance } from 'node:perf_hooks';
import type { ReceivedMessage } from '../kafka/message.ts';
import { applyUntilDone, type RetryOptions, tryToApply } from './apply-until-done.ts';

/** Applies the messages of the assigned partitions of one topic, those of each partition in order. */
export interface TopicWorker {
  /** Of one more partition. */
  open(): PartitionWorker;
  /** Drops what waits (the partitions have other owners now) and lets transactions under way end. */
  close(): Promise<void>;
}

export interface PartitionWorker {
  push(messages: readonly ReceivedMessage[]): void;
  /** Messages received and not applied yet, and their bytes. */
  waiting(): { messages: number; bytes: number };
  /** The failure it is retrying, if it is. */
  retryingError(): string | undefined;
}

const batchMax = 1_000;
/** A batch ends with the message that reaches it. */
const batchBytesMax = 4 * 1024 * 1024;
/** A second one is begun for a full batch: it is read and sent while Postgres works on the first. */
const transactionsMax = 2;
/** After a transaction its topic rests as long as that took, at most so long. A full batch does not wait. */
const restMsMax = 25;

export interface TopicWorkerOptions extends RetryOptions {
  /** Its topic rests so long after each transaction, not as long as that took. */
  restMs?: number | undefined;
}

interface Partition {
  queue: ReceivedMessage[];
  held: { messages: number; bytes: number };
  /** Its messages are being applied. */
  isBusy: boolean;
  retryingError: string | undefined;
}

/**
 * One transaction takes what waits of all partitions. While it runs, and as long again, the next messages gather: what a
 * transaction costs hardly depends on the number of its messages, so batches grow with the load. When it fails, its
 * partitions go on apart until they are through (apply-until-done.ts), the others together.
 */
export const openTopicWorker = ({ restMs, ...options }: TopicWorkerOptions): TopicWorker => {
  const closing = new AbortController();
  /** Those whose turn is next first. */
  const partitions = new Set<Partition>();
  const working = new Set<Promise<void>>();
  let transactions = 0;
  let rests = 0;
  let isScheduled = false;

  /** After the current task: a read is pushed partition by partition, and all of it belongs into one transaction. */
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(() => {
      isScheduled = false;
      while (!closing.signal.aborted && mayBegin()) begin();
    });
  };

  const mayBegin = (): boolean => {
    const idle = [...partitions].filter(({ isBusy }) => !isBusy);
    const messages = idle.reduce((sum, { held }) => sum + held.messages, 0);
    if (transactions + rests === 0) return messages > 0;
    const bytes = idle.reduce((sum, { held }) => sum + held.bytes, 0);
    return transactions < transactionsMax && (messages >= batchMax || bytes >= batchBytesMax);
  };

  const begin = () => {
    const work = applyNext().finally(() => {
      working.delete(work);
      schedule();
    });
    working.add(work);
  };

  const rest = (ms: number) => {
    rests += 1;
    setTimeout(() => {
      rests -= 1;
      schedule();
    }, restMs ?? Math.min(ms, restMsMax));
  };

  const applyNext = async () => {
    const begunAt = performance.now();
    const taken = takeBatch(partitions);
    transactions += 1;
    const messages = [...taken.values()].flat();
    const failed = await tryToApply(options, closing, { messages, failures: 0 });
    transactions -= 1;
    rest(performance.now() - begunAt);
    schedule();
    const finish = async ([partition, own]: [Partition, ReceivedMessage[]]) => {
      if (failed) {
        const parts = failed.parts.filter((part) => part.messages[0]?.partition === own[0]?.partition);
        await applyUntilDone(options, closing, { ...failed, parts }, (reason) => {
          partition.retryingError = reason;
        });
      }
      release(partition, own);
      schedule();
    };
    await Promise.all([...taken].map(finish));
  };

  return {
    open: () => {
      const partition: Partition = {
        queue: [],
        held: { messages: 0, bytes: 0 },
        isBusy: false,
        retryingError: undefined,
      };
      partitions.add(partition);
      return {
        push: (messages) => {
          for (const message of messages) partition.queue.push(message);
          const { held } = partition;
          partition.held = {
            messages: held.messages + messages.length,
            bytes: held.bytes + bytesOfAll(messages),
          };
          schedule();
        },
        waiting: () => partition.held,
        retryingError: () => partition.retryingError,
      };
    },
    close: async () => {
      closing.abort();
      for (const { queue } of partitions) queue.length = 0;
      await Promise.all(working);
    },
  };
};

/** Takes the messages of the next batch; their partitions are busy then, and come last the next time. */
const takeBatch = (partitions: Set<Partition>): Map<Partition, ReceivedMessage[]> => {
  const taken = new Map<Partition, ReceivedMessage[]>();
  let [room, roomBytes] = [batchMax, batchBytesMax];
  for (const partition of [...partitions]) {
    const { queue, isBusy } = partition;
    if (isBusy || queue.length === 0) continue;
    let count = 0;
    for (; count < queue.length && room > 0 && roomBytes > 0; count++, room--)
      roomBytes -= (queue[count] as ReceivedMessage).bytes;
    if (count === 0) break;
    taken.set(partition, queue.splice(0, count));
    partition.isBusy = true;
    partitions.delete(partition);
    partitions.add(partition);
  }
  return taken;
};

const release = (partition: Partition, applied: readonly ReceivedMessage[]): void => {
  const { messages, bytes } = partition.held;
  partition.held = { messages: messages - applied.length, bytes: bytes - bytesOfAll(applied) };
  partition.isBusy = false;
};

const bytesOfAll = (messages: readonly ReceivedMessage[]): number =>
  messages.reduce((sum, message) => sum + message.bytes, 0);
