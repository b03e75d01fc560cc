import { hash } from 'node:crypto';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Redis } from '../cache/redis.ts';
import { type Taken, takeScript } from './bucket.ts';
import type { Limit } from './limits.ts';

export interface SharedBuckets {
  /** As `takeFrom` does, from a bucket that all replicas share. Rejects when Redis does not answer in time. */
  take(key: string, limit: Limit, amount: { need: number; want: number }): Promise<Taken>;
}

interface Question {
  key: string;
  args: number[];
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

const questionsMax = 100;
const answerLength = 4;

/**
 * Buckets in Redis. One command is under way at a time and asks about all buckets that were wanted meanwhile: under load
 * that costs each request a fraction of a command.
 */
export const sharedBuckets = (redis: Pick<Redis, 'run'>, namespace: string): SharedBuckets => {
  const gathered: Question[] = [];
  let isAsking = false;

  const ask = async (): Promise<void> => {
    // What else this turn of the event loop wants comes along.
    await eventLoopTurn();
    const questions = gathered.splice(0, questionsMax);
    try {
      const keys = questions.map(({ key }) => key);
      const args = questions.flatMap((question) => question.args).map(String);
      const reply = (await redis.run('take_tokens', takeScript, keys, args)) as number[];
      for (const [index, { resolve }] of questions.entries())
        resolve(takenOf(reply.slice(index * answerLength)));
    } catch (error) {
      // Those that waited for this answer have waited long enough.
      for (const { reject } of [...questions, ...gathered.splice(0)]) reject(error);
    }
  };
  const askForAll = async (): Promise<void> => {
    isAsking = true;
    while (gathered.length > 0) await ask();
    isAsking = false;
  };

  return {
    take: (key, { perSecond, burst }, { need, want }) =>
      new Promise((resolve, reject) => {
        const args = [perSecond / 1_000, burst, need, want];
        gathered.push({ key: namespace + hashOf(key), args, resolve, reject });
        if (!isAsking) void askForAll();
      }),
  };
};

const takenOf = ([taken = 0, left = 0, waitMs = 0, fullInMs = 0]: number[]): Taken => ({
  ...{ taken, left, waitMs, fullInMs },
});

/** No address is kept in Redis, only what it is recognised by. */
const hashOf = (key: string): string => hash('sha256', key, 'base64url').slice(0, 22);
