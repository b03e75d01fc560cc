import { hash } from 'node:crypto';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { commandTimeoutMs, type Redis } from '../cache/redis.ts';
import { inTime } from '../timeout.ts';
import { type Taken, takeScript } from './bucket.ts';
import type { Limit } from './limits.ts';

export interface SharedBuckets {
  /** As `takeFrom` does, from a bucket that all replicas share. Rejects when there is no answer after 100 ms. */
  take(key: string, limit: Limit, amount: { need: number; want: number }): Promise<Taken>;
}

interface Question {
  key: string;
  args: number[];
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

const questionsMax = 100;
const commandsMax = 20;
/** Longer than a command takes on a healthy Redis; with what a slow one takes it must be within `commandTimeoutMs`. */
const gatherMs = 10;
const answerLength = 4;

/**
 * Buckets in Redis. One command asks about all buckets that were wanted while the one before was under way: under load
 * that costs each request a fraction of a command. The next does not wait for it when it is full, or after 10 ms.
 */
export const sharedBuckets = (redis: Pick<Redis, 'run'>, namespace: string): SharedBuckets => {
  /** In the order in which they were asked; those that come too late are taken out. */
  const gathered = new Set<Question>();
  const underWay = new Set<Promise<void>>();
  let isAsking = false;

  const ask = async (questions: readonly Question[]): Promise<void> => {
    try {
      const keys = questions.map(({ key }) => key);
      const args = questions.flatMap((question) => question.args).map(String);
      const reply = (await redis.run('take_tokens', takeScript, keys, args)) as number[];
      for (const [index, { resolve }] of questions.entries())
        resolve(takenOf(reply.slice(index * answerLength)));
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  };
  const askForAll = async (): Promise<void> => {
    isAsking = true;
    // What else this turn of the event loop wants comes along.
    for (await eventLoopTurn(); gathered.size > 0; await eventLoopTurn()) {
      const questions = [...gathered].slice(0, questionsMax);
      for (const question of questions) gathered.delete(question);
      const answered = ask(questions).finally(() => underWay.delete(answered));
      underWay.add(answered);
      if (underWay.size >= commandsMax) await Promise.race(underWay);
      else if (gathered.size < questionsMax) await Promise.race([answered, passed(gatherMs)]);
    }
    isAsking = false;
  };

  return {
    take: (key, { perSecond, burst }, { need, want }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Taken>();
      const args = [perSecond / 1_000, burst, need, want];
      const question = { key: namespace + hashOf(key), args, resolve, reject };
      gathered.add(question);
      if (!isAsking) void askForAll();
      return inTime(promise, commandTimeoutMs, () => {
        gathered.delete(question);
        return new Error('the shared buckets were not asked, or did not answer, in time');
      });
    },
  };
};

const passed = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

const takenOf = ([taken = 0, left = 0, waitMs = 0, fullInMs = 0]: number[]): Taken => ({
  ...{ taken, left, waitMs, fullInMs },
});

/** No address is kept in Redis, only what it is recognised by. */
const hashOf = (key: string): string => hash('sha256', key, 'base64url').slice(0, 22);
