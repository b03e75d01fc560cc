import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { problem } from '@souk/service-kit/problem.ts';
import PQueue from 'p-queue';

/**
 * Argon2id with parameters that OWASP recommends, of equal strength the ones that need the least memory:
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const memoryKib = 7_168;
const passes = 5;
const parallelism = 1;
const saltBytes = 16;
const hashBytes = 32;
/** Each occupies one of libuv's four threads, which file and DNS access need too. */
const concurrentMax = 2;
/** About a second of work: who comes later would wait longer than it is worth. */
const waitingMax = 50;
const retryAfterSeconds = 2;

export type Derive = (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

/**
 * Hashes and compares passwords, not on the main thread and at most two at a time; 50 more wait their turn, any other
 * is the problem 503 `too_many_passwords`. With a password that nobody waits for any more, because `signal` is aborted,
 * no work is begun: it rejects.
 */
export interface Passwords {
  /** A PHC string, which holds its own salt and parameters: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  hash(password: string, signal: AbortSignal): Promise<string>;
  /**
   * Whether the hash is the password's. Where there is none the same work is done, and it is false. `onBegin` is called
   * when its turn has come; what it throws is thrown on, and nothing is compared.
   */
  matches(
    password: string,
    hash: string | undefined,
    signal: AbortSignal,
    onBegin?: () => Promise<void>,
  ): Promise<boolean>;
}

export const createPasswords = (derive: Derive = promisify(argon2)): Passwords => {
  const queue = new PQueue({ concurrency: concurrentMax });
  const inTurn = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted();
    if (queue.size >= waitingMax) throw tooManyPasswords();
    // Of the wait alone: what is under way goes on when it is aborted, and has to keep its place until it ends.
    const waiting = new AbortController();
    const leave = () => waiting.abort(signal.reason);
    signal.addEventListener('abort', leave);
    const begin = async () => {
      signal.removeEventListener('abort', leave);
      const done = await work();
      signal.throwIfAborted();
      return done;
    };
    return queue.add(begin, { signal: waiting.signal });
  };
  return {
    hash: (password, signal) =>
      inTurn(async () => {
        const salt = randomBytes(saltBytes);
        return phc(salt, await derive('argon2id', inputOf(password, salt)));
      }, signal),
    matches: (password, hash, signal, onBegin) =>
      inTurn(async () => {
        await onBegin?.();
        signal.throwIfAborted();
        const [salt, stored] = partsOf(hash ?? hashOfNobody);
        return (
          timingSafeEqual(await derive('argon2id', inputOf(password, salt)), stored) && hash !== undefined
        );
      }, signal),
  };
};

const tooManyPasswords = () =>
  problem(503, 'too_many_passwords', 'too many passwords are being hashed now: try again', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

const inputOf = (password: string, salt: Buffer): Argon2Parameters => ({
  message: Buffer.from(password.normalize('NFC')),
  nonce: salt,
  memory: memoryKib,
  passes,
  parallelism,
  tagLength: hashBytes,
});

const prefix = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$`;

const phc = (salt: Buffer, derived: Buffer): string => `${prefix}${base64(salt)}$${base64(derived)}`;

/** All hashes were made with the parameters above: other ones would have to be read from the hash. */
const partsOf = (hash: string): [salt: Buffer, derived: Buffer] => {
  const [salt = '', derived = ''] = hash.slice(prefix.length).split('$');
  return [Buffer.from(salt, 'base64'), Buffer.from(derived, 'base64')];
};

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

const hashOfNobody = phc(Buffer.alloc(saltBytes), Buffer.alloc(hashBytes));
