import { isRefusal } from '../kafka/connect.ts';
import type { Logger } from '../log.ts';
import { errorCode, isTlsError, isTransient } from '../postgres/errors.ts';
import { backoffMs, wait } from './backoff.ts';
import type { Health } from './health.ts';

/** Something that must be there before the service can work; tried until it is. */
export interface StartupStep {
  /** Named in the log and on /health, such as `postgres at host:port`: no credentials. */
  waitsFor: string;
  /** Should stop trying when the signal is aborted: the service stops before it has started. */
  start(signal: AbortSignal): Promise<void> | void;
}

const retryMaxMs = 2_000;
const repeatLogMs = 10_000;

/** Tries a step until it succeeds or the signal is aborted; rejects with an error that waiting does not cure. */
export const untilStarted = async (
  step: StartupStep,
  { log, health, signal }: { log: Logger; health: Health; signal: AbortSignal },
): Promise<void> => {
  health.waitFor(step.waitsFor);
  let loggedAt = Number.NEGATIVE_INFINITY;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await step.start(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isRetryable(error)) throw error;
      if (performance.now() - loggedAt >= repeatLogMs) {
        loggedAt = performance.now();
        if (isTlsError(error) || isRefusal(error) || isBehind(error))
          log.error(`waiting for ${step.waitsFor}: ${(error as Error).message}`);
        else if (isSetup(error))
          log.error({ err: error }, `waiting for ${step.waitsFor}: it refuses this service`);
        else log.info({ code: errorCode(error) }, `waiting for ${step.waitsFor}`);
      }
    }
    await wait(backoffMs(failures, { baseMs: 100, maxMs: retryMaxMs }), signal);
  }
};

/**
 * Waiting cures an outage, and a server whose roles and schemas are still being set up; nothing else, so that
 * a broken migration ends the process and is seen. A wrong password looks like the second: it is retried, and
 * logged as an error each time.
 */
const isRetryable = (error: unknown): boolean =>
  isTransient(error) || isSetup(error) || isBehind(error) || errorCode(error) === 'KAFKA';

/** The owner of the schema has not migrated yet. */
const isBehind = (error: unknown): boolean => errorCode(error) === 'SCHEMA_BEHIND';

/** invalid authorization (28), no such database (3D) or schema (3F), no right yet. */
const isSetup = (error: unknown): boolean => /^(28...|3D...|3F...|42501)$/.test(errorCode(error) ?? '');
