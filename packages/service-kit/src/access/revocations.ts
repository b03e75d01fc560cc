import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import { followLogs } from '../kafka/log-follower.ts';
import type { Logger } from '../log.ts';
import { waitUntil } from '../service/backoff.ts';
import { createDenyList } from './deny-list.ts';

export type Revocations = ReturnType<typeof openRevocations>;

export interface RevocationsOptions {
  brokers: KafkaAddress;
  fetchWaitMaxMs: number;
  log: Logger;
}

const connectReportMs = 5_000;

/**
 * Learns from Kafka whose tokens are not taken any more, in every replica for itself. Without Kafka the list stays as
 * it is, and tokens end when they expire.
 */
export const openRevocations = ({ brokers, fetchWaitMaxMs, log }: RevocationsOptions) => {
  const list = createDenyList();
  const stopping = new AbortController();
  let isCurrent = false;
  let running: Promise<void> | undefined;

  const run = () =>
    followLogs({
      ...{ brokers, fetchWaitMaxMs, log, topics: sessionUpdates.name, from: 'start' },
      onMessage: (message) => {
        try {
          const event = decodeEvent(sessionUpdates, message);
          if (event) list.add(event.data);
        } catch (error) {
          log.warn({ err: error }, 'a message that says whose tokens are revoked cannot be read');
        }
      },
      onCurrent: () => {
        isCurrent = true;
      },
      onInterrupted: () => {
        isCurrent = false;
      },
      interrupted: 'revoked tokens are not heard of any more',
      signal: stopping.signal,
    });

  return {
    /** Whether the caller's token was revoked, as far as is known here. */
    revoked: list.denies,
    /**
     * Starts to read; resolves once all that was revoked before is known. Rejects with code KAFKA when that takes more
     * than 5 seconds; call it again then, it goes on in the background.
     */
    connect: async (given: AbortSignal): Promise<void> => {
      running ??= run();
      const connected = await waitUntil(() => isCurrent, { timeoutMs: connectReportMs, signal: given });
      if (!connected && !given.aborted) throw kafkaFailure('not all revoked tokens are known yet');
    },
    /** For /health: throws while something may be revoked that is not known here. */
    check: async (): Promise<void> => {
      if (!isCurrent) throw kafkaFailure('not all revoked tokens may be known');
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};
