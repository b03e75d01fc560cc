import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { rotateSigningKeys, signingKeysFile } from '@souk/service-kit/access/signing-keys.ts';
import { impatienceMs } from '../client/interruption.ts';
import { removeMeshFile, writeMeshFile } from '../mesh-file.ts';
import { root, stateFolder } from '../root.ts';
import { banner } from './banner.ts';
import { createMesh, type Mesh } from './mesh.ts';
import { meshLog } from './mesh-log.ts';
import { choosePorts, type PortWishes } from './mesh-ports.ts';
import { stopsInTime } from './stops-in-time.ts';

const pageStopDeadlineMs = 10_000;
const lastWordsMs = 100;

export interface UpOptions extends PortWishes {
  data?: string | undefined;
  pretty: boolean;
  /** The services of this checkout by default. */
  servicesFolder?: string | undefined;
}

/**
 * Runs the mesh until a signal asks it to stop, then stops it and returns 0. Throws, with everything stopped, when it
 * cannot start or one of its processes ends.
 */
export const up = async (options: UpOptions): Promise<number> => {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const { portBase, servicesFolder = join(root, 'services') } = options;
  const asked = stopSignal();
  const ports = await choosePorts(options);
  const log = meshLog(join(stateFolder(portBase), 'logs'), options.pretty, console.error);
  const keysFolder = join(stateFolder(portBase), 'keys');
  if (!existsSync(signingKeysFile(keysFolder))) await rotateSigningKeys(keysFolder, 0);
  const mesh = createMesh({
    ...options,
    ports,
    servicesFolder,
    keysFolder,
    log,
    topics: kafkaTopics.map(({ name }) => name),
    onProgress: (step) => console.log(`${seconds().toFixed(1).padStart(6)} s  ${step} started`),
  });

  let consolePage: Promise<{ stop(): Promise<void> }> | undefined;
  const run = async () => {
    const addresses = await mesh.start();
    writeMeshFile(portBase, addresses);
    const { host } = options;
    // Loaded here alone: no other command pays for it. A signal that comes meanwhile finds what it has to stop.
    consolePage = import('./up-console.ts').then(({ openUpConsole }) =>
      openUpConsole({ ...addresses, host, portBase, onLine: log.service('console') }),
    );
    await consolePage;
    console.log(banner(addresses, { seconds: seconds(), data: options.data, logFolder: log.folder }));
    await mesh.died;
  };
  try {
    const signal = await Promise.race([run(), asked]);
    console.log(`\n${signal}: stopping everything`);
  } finally {
    killOnSecondSignal(mesh);
    const stopPage = async () =>
      consolePage?.then(
        (page) => page.stop(),
        () => undefined,
      );
    const isPageStopped = await stopsInTime(stopPage, pageStopDeadlineMs);
    await mesh.stop();
    removeMeshFile(portBase);
    await log.close();
    // What the console still holds open would hold this process. It ends after its caller has said why.
    if (!isPageStopped) setTimeout(() => process.exit(), lastWordsMs).unref();
  }
  console.log('Stopped.');
  return 0;
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first signal, or when the process that started this one (the bootstrap) is gone. */
const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of signals) process.on(signal, resolve);
    process.on('disconnect', () => resolve('The starting process ended'));
    process.channel?.unref();
    // A closed terminal or pipe must not end this process before it has stopped the others.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
  });

const killOnSecondSignal = (mesh: Mesh): void => {
  const since = performance.now();
  const onSignal = () => {
    if (performance.now() - since < impatienceMs) return;
    mesh.kill();
    process.exit(1);
  };
  for (const signal of signals) process.on(signal, onSignal);
};
