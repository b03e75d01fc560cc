import { kafkaTopics } from '@souk/contracts/topics.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { followLogs } from '@souk/service-kit/kafka/log-follower.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Logger } from '@souk/service-kit/log.ts';

interface TailListener {
  message(record: ReceivedMessage): void;
  state(state: 'following' | 'interrupted'): void;
}

const names = new Set(kafkaTopics.map(({ name }) => name));

export type Tail = ReturnType<typeof createTail>;

/** What comes into the topics of the contracts, for any number of listeners over one reader, while somebody listens. */
export const createTail = (brokers: KafkaAddress, log: Logger) => {
  const listeners = new Set<TailListener>();
  let ending: AbortController | undefined;
  let following: Promise<void> = Promise.resolve();
  let isFollowing = false;
  const tell = (state: 'following' | 'interrupted') => {
    isFollowing = state === 'following';
    for (const listener of listeners) listener.state(state);
  };
  const follow = (signal: AbortSignal) =>
    followLogs({
      ...{ brokers, log, signal },
      topics: (name) => names.has(name),
      from: 'end',
      onMessage: (record) => {
        for (const listener of listeners) listener.message(record);
      },
      onCurrent: () => tell('following'),
      onInterrupted: () => tell('interrupted'),
      interrupted: 'the logs cannot be followed; trying again',
    });
  return {
    listen: (listener: TailListener): (() => void) => {
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
        isFollowing = false;
      };
    },
    stop: async (): Promise<void> => {
      ending?.abort();
      await following;
    },
  };
};
