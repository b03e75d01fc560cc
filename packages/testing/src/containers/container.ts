import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';

const compose = readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8');
const timeout = 30_000;

/** A container for the image of that name in docker-compose.yml: tests and compose run the same versions. */
export const containerOf = (image: string): GenericContainer => {
  const found = new RegExp(`image: \\$\\{\\w+:-(${image}:[\\w.-]+)`).exec(compose)?.[1];
  if (!found) throw new Error(`docker-compose.yml has no image ${image}`);
  return new GenericContainer(found);
};

/** Waits for a line of its log: looking at its port starts three processes in the container, again and again. */
export const saying = (line: RegExp) => Wait.forLogMessage(line);

/** Commands that testcontainers does not have. A test's own load goes on while it waits for one. */
const docker = async (container: StartedTestContainer, ...command: string[]): Promise<void> => {
  await promisify(execFile)('docker', [...command, container.getId()], { timeout });
};
/** For what must have taken effect when the next line runs. An engine that is busy may fail to freeze a container. */
const dockerNow = (container: StartedTestContainer, command: string): void => {
  for (let triesLeft = 3; ; )
    try {
      execFileSync('docker', [command, container.getId()], { timeout, stdio: 'ignore' });
      return;
    } catch (error) {
      if (--triesLeft === 0) throw error;
    }
};

/** Ends it as a crash does; its files stay. */
export const kill = (container: StartedTestContainer): Promise<void> => docker(container, 'kill');
/** Asks it to end, and waits; its files stay. */
export const stop = (container: StartedTestContainer): Promise<void> => docker(container, 'stop');
/** Starts one that was ended, with its files and at its ports. */
export const startAgain = (container: StartedTestContainer): Promise<void> => docker(container, 'start');
/** Freezes and wakes it: connections stay open and nothing answers. */
export const pause = (container: StartedTestContainer): void => dockerNow(container, 'pause');
export const resume = (container: StartedTestContainer): void => dockerNow(container, 'unpause');

/** Ends it whatever its state, and deletes it with its files. */
export const remove = (container: StartedTestContainer): Promise<void> =>
  docker(container, 'rm', '--force', '--volumes');
