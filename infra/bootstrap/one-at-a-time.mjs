import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from './places.mjs';
import { say } from './progress.mjs';

const pollMs = 100;
const sayAfterMs = 2_000;
/** Linux has names of sockets apart from the file system: exclusive, and gone with their process. */
const name = `\0souk-install-${createHash('sha256').update(root).digest('hex')}`;

/**
 * Does the work while no other process does such work for this checkout; waits for one that does.
 *
 * @template T
 * @param {() => Promise<T>} work
 */
export const oneAtATime = async (work) => {
  if (process.platform !== 'linux') return work();
  const claim = await untilClaimed();
  try {
    return await work();
  } finally {
    claim.close();
  }
};

const untilClaimed = async () => {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const claim = createServer().unref();
    try {
      await once(claim.listen(name), 'listening');
      return claim;
    } catch (/** @type {any} */ error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
    if (waitedMs === sayAfterMs) say('Another start installs what is missing here: waiting for it.');
    await pause(pollMs);
  }
};
