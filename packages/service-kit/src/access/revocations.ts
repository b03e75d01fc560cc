import { decodeEvent } from '@souk/contracts/cloud-event.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import { followTopic } from '../kafka/topic-follower.ts';
import type { Logger } from '../log.ts';
import { backoffMs, wait, waitUntil } from '../service/backoff.ts';
import type { Caller } from './caller.ts';
import { createDenyList, type DenyList } from './deny-list.ts';

export interface Revocations {
  /** Whether the caller's token was revoked, as far as is known here. */
  revoked(caller: Caller): boolean;
  /**
   * Starts to read; resolves once all that was revoked before is known. Rejects with code KAFKA when that takes more
   * than 5 seconds; call it again then, it goes on in the background.
   */
  connect(signal: AbortSignal): Promise<void>;
  /** For /health: throws while something may be revoked that is not known here. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

export interface RevocationsOptions {
  brokers: KafkaAddress;
  fetchWaitMaxMs: number;
  log: Logger;
}

const connectReportMs = 5_000;
const retry = { baseMs: 100, maxMs: 5_000 };

/**
 * Learns from Kafka whose tokens are not taken any more, in every replica for itself. Without Kafka the list stays as
 * it is, and tokens end when they expire.
 */
export const openRevocations = (options: RevocationsOptions): Revocations => {
  const { log } = options;
  const list = createDenyList();
  const stopping = new AbortController();
  const { signal } = stopping;
  let isCurrent = false;
  let running: Promise<void> | undefined;

  const run = async () => {
    let attempt = 0;
    const onCurrent = () => {
      isCurrent = true;
      attempt = 0;
    };
    while (!signal.aborted) {
      try {
        await follow(options, { list, onCurrent, signal });
      } catch (error) {
        if (isCurrent || attempt === 0) log.warn({ err: error }, 'revoked tokens are not heard of any more');
        isCurrent = false;
        await wait(backoffMs(attempt++, retry), signal);
      }
    }
  };

  return {
    revoked: list.denies,
    connect: async (given) => {
      running ??= run();
      const connected = await waitUntil(() => isCurrent, { timeoutMs: connectReportMs, signal: given });
      if (!connected && !given.aborted) throw kafkaFailure('not all revoked tokens are known yet');
    },
    check: async () => {
      if (!isCurrent) throw kafkaFailure('not all revoked tokens may be known');
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};

const follow = (
  { brokers, fetchWaitMaxMs, log }: RevocationsOptions,
  { list, ...caller }: { list: DenyList; onCurrent: () => void; signal: AbortSignal },
): Promise<void> =>
  followTopic({
    ...{ brokers, fetchWaitMaxMs, topic: sessionUpdates.name, ...caller },
    onMessage: (message) => {
      try {
        const event = decodeEvent(sessionUpdates, message);
        if (event) list.add(event.data);
      } catch (error) {
        log.warn({ err: error }, 'a message that says whose tokens are revoked cannot be read');
      }
    },
  });
