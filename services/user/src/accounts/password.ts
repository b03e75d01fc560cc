import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

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

const derive = promisify(argon2);

export type HashPassword = (password: string) => Promise<string>;

/**
 * Hashes passwords, not on the main thread and at most two at a time; others wait their turn. The answer is a PHC
 * string, which holds its own salt and parameters: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
 */
export const passwordHasher = (): HashPassword => {
  const queue: (() => void)[] = [];
  let running = 0;

  return async (password) => {
    if (running < concurrentMax) running += 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await hash(password);
    } finally {
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
};

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
