import { argon2, randomBytes } from 'node:crypto';
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

const derive = promisify(argon2);

/** Of a password that nobody waits for any more, because `signal` is aborted, no hash is begun: it rejects. */
export type HashPassword = (password: string, signal: AbortSignal) => Promise<string>;

/**
 * Hashes passwords, not on the main thread and at most two at a time; 50 more wait their turn. The answer is a PHC
 * string, which holds its own salt and parameters: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. Throws the problem 503
 * `too_many_passwords` while 50 wait.
 */
export const passwordHasher = (): HashPassword => {
  const queue = new PQueue({ concurrency: concurrentMax });

  return async (password, signal) => {
    if (queue.size >= waitingMax) throw tooManyPasswords();
    return queue.add(() => hash(password), { signal });
  };
};

const tooManyPasswords = () =>
  problem(503, 'too_many_passwords', 'too many passwords are being stored now: try again', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

const hash = async (password: string): Promise<string> => {
  const salt = randomBytes(saltBytes);
  const derived = await derive('argon2id', {
    message: Buffer.from(password.normalize('NFC')),
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength: hashBytes,
  });
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${base64(salt)}$${base64(derived)}`;
};

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
