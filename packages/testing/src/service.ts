import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@souk/contracts/services.ts';
import { type Exit, startChild } from '@souk/embedded/child.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { eventually } from './eventually.ts';

const stopDeadlineMs = 15_000;
const readyTimeoutMs = 90_000;
const readyPollMs = 100;
const services = new URL('../../../services/', import.meta.url);

export interface RunningService {
  name: ServiceName;
  /** http://127.0.0.1:port, without a slash at the end. */
  url: string;
  pid: number;
  /** Every line of its output so far. */
  logs: string[];
  exited: Promise<Exit>;
  /** Waits until /ready answers 200; throws when it has ended or takes more than 90 s. */
  ready(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, after 15 s SIGKILL; waits for its end. */
  stop(): Promise<Exit>;
}

/**
 * Starts NAME/src/main.ts, of the services of this build unless `from` says otherwise, as a real process on a free port (or PORT of `env`). Its environment is `env`,
 * the PATH and Node's compile cache, and that a slow machine is not taken for an overload; nothing else. It does not wait for anything: see ready().
 */
export const spawnService = async (
  name: ServiceName,
  env: Record<string, string>,
  from = services,
): Promise<RunningService> => {
  const port = env.PORT ?? `${await freePort()}`;
  const logs: string[] = [];
  const child = await startChild({
    command: process.execPath,
    args: [fileURLToPath(new URL(`${name}/src/main.ts`, from))],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOST: '127.0.0.1',
      // A machine that is busy with tests is no overloaded service.
      SHED_EVENT_LOOP_DELAY_MS: '0',
      SHED_AT_ONCE: '0',
      ...env,
      PORT: port,
    },
    stopDeadlineMs,
    onLine: (line) => logs.push(line),
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => {
    const status = await eventually(
      async () => {
        if (!child.running()) return undefined;
        const response = await fetch(`${url}/ready`);
        if (!response.ok)
          throw new Error(`${name} is not ready: ${response.status} ${await response.text()}`);
        return response.status;
      },
      { timeoutMs: readyTimeoutMs, intervalMs: readyPollMs },
    );
    if (status === undefined) throw new Error(`${name} ended:\n${child.lastLines().join('\n')}`);
  };
  return { name, url, pid: child.pid, logs, exited: child.exited, ready, kill: child.kill, stop: child.stop };
};
