import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';

const compose = readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8');
const killTimeoutMs = 30_000;

/** A container for the image of that name in docker-compose.yml: tests and compose run the same versions. */
export const containerOf = (image: string): GenericContainer => {
  const found = new RegExp(`image: (${image}:\\S+)`).exec(compose)?.[1];
  if (!found) throw new Error(`docker-compose.yml has no image ${image}`);
  return new GenericContainer(found);
};

/** Commands that must have taken effect when the next line runs; testcontainers has none of them. */
const docker = (command: string, container: StartedTestContainer): void => {
  execFileSync('docker', [command, container.getId()], { timeout: killTimeoutMs, stdio: 'ignore' });
};

/** Ends it as a crash does; its files stay. */
export const kill = (container: StartedTestContainer): void => docker('kill', container);
/** Asks it to end, and waits; its files stay. */
export const stop = (container: StartedTestContainer): void => docker('stop', container);
/** Starts one that was ended, with its files and at its ports. */
export const startAgain = (container: StartedTestContainer): void => docker('start', container);
/** Freezes and wakes it: connections stay open and nothing answers. */
export const pause = (container: StartedTestContainer): void => docker('pause', container);
export const resume = (container: StartedTestContainer): void => docker('unpause', container);

/** Ends it whatever its state, and deletes it with its files. */
export const remove = async (container: StartedTestContainer): Promise<void> => {
  execFileSync('docker', ['rm', '--force', '--volumes', container.getId()], {
    timeout: killTimeoutMs,
    stdio: 'ignore',
  });
};
