import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';

const run = promisify(execFile);
const lines = (text: string): string[] => text.split('\n').filter(Boolean);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout;

/** A container of a service, and where it is reached from outside. */
export interface Replica {
  id: string;
  /** Its name, with the tag that says which build it is. */
  image: string;
  url: string;
}

/** The containers of a service that run. */
export const replicasOf = async (name: ServiceName): Promise<Replica[]> => {
  const labels = [`project=${process.env.COMPOSE_PROJECT_NAME}`, `service=${name}`];
  const filters = labels.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`]);
  const ids = lines(await docker('ps', '--quiet', '--no-trunc', ...filters));
  return Promise.all(
    ids.map(async (id) => ({
      id,
      image: (await docker('inspect', '--format', '{{.Config.Image}}', id)).trim(),
      url: `http://${lines(await docker('port', id, '8080'))[0]}`,
    })),
  );
};

/** Starts containers of every service, of the build that SOUK_BUILD says, until each has so many. */
export const scaleTo = async (count: number): Promise<void> => {
  const scale = serviceNames.flatMap((name) => ['--scale', `${name}=${count}`]);
  const args = ['up', '-d', '--no-deps', '--no-build', '--no-recreate', ...scale, ...serviceNames];
  // `compose` is a function of .ci/compose/project.sh: it knows which Compose there is.
  await run('bash', ['-c', 'compose "$@"', 'compose', ...args]);
};

/** Stops a container as a rollout does, and removes it; rejects where it did not end by itself. */
export const stopReplica = async ({ id }: Replica): Promise<void> => {
  await docker('stop', '--time', '60', id);
  const code = (await docker('inspect', '--format', '{{.State.ExitCode}}', id)).trim();
  if (code !== '0')
    throw new Error(`a replica has ended with status ${code}: ${await docker('logs', '--tail', '5', id)}`);
  await docker('rm', id);
};
