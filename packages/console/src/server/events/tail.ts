import { setTimeout as pause } from 'node:timers/promises';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import { backoffMs } from '@souk/service-kit/service/backoff.ts';
import { followLogs } from '../kafka/follow-logs.ts';

export interface TailListener {
  message(record: ReceivedMessage): void;
  state(state: 'following' | 'interrupted'): void;
}

/** What comes into the topics of the contracts, for any number of listeners over one reader. */
export interface Tail {
  listen(listener: TailListener): () => void;
  stop(): Promise<void>;
}

const names = new Set(kafkaTopics.map(({ name }) => name));
const retry = { baseMs: 500, maxMs: 5_000 };

/** Follows the ends of the logs while somebody listens. */
export const createTail = (brokers: KafkaAddress, log: Logger): Tail => {
  const listeners = new Set<TailListener>();
  let ending: AbortController | undefined;
  let following: Promise<void> = Promise.resolve();
  let isFollowing = false;
  const tell = (state: 'following' | 'interrupted') => {
    isFollowing = state === 'following';
    for (const listener of listeners) listener.state(state);
  };
  const follow = async (signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      await followLogs({
        brokers,
        wanted: (name) => names.has(name),
        from: 'end',
        onRecord: (record) => {
          for (const listener of listeners) listener.message(record);
        },
        onCurrent: () => {
          attempt = 0;
          tell('following');
        },
        signal,
      }).catch((error) => {
        log.warn({ err: error }, 'the topics cannot be followed; trying again');
        tell('interrupted');
      });
      await pause(backoffMs(attempt, retry), undefined, { signal }).catch(() => undefined);
    }
    isFollowing = false;
  };
  return {
    listen: (listener) => {
      listeners.add(listener);
      if (!ending) {
        ending = new AbortController();
        const { signal } = ending;
        following = following.then(() => follow(signal));
      } else if (isFollowing) listener.state('following');
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        ending?.abort();
        ending = undefined;
      };
    },
    stop: async () => {
      ending?.abort();
      await following;
    },
  };
};
