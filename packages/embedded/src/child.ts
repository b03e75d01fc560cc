import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { guard } from './guard.ts';

const keptLinesMax = 40;

export interface ChildOptions {
  command: string;
  args: string[];
  /** The whole environment of the child; this process's own by default. */
  env?: NodeJS.ProcessEnv | undefined;
  cwd?: string | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  /** The signal that asks it to stop; SIGTERM by default. */
  stopSignal?: NodeJS.Signals | undefined;
  /** How long a stop may take before SIGKILL. */
  stopDeadlineMs: number;
  /** A folder to be deleted if this process dies without having stopped the child. */
  removeFolder?: string | undefined;
  /** Every line of its output, without the line break. */
  onLine?: ((line: string) => void) | undefined;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  pid: number;
  /** Settles when the process has ended and its output was read to the end. Never rejects. */
  exited: Promise<Exit>;
  running(): boolean;
  /** The last 40 lines of its output, oldest first. */
  lastLines(): string[];
  kill(signal: NodeJS.Signals): void;
  /** Asks it to stop, kills it after the deadline, waits for its end. Harmless when it has ended. */
  stop(): Promise<Exit>;
}

/**
 * Starts a process in a session of its own, so that Ctrl-C reaches only the one who stops them in order, and
 * guarded, so that it ends even if this process is killed. Rejects when the command cannot be started.
 */
export const startChild = async (options: ChildOptions): Promise<Child> => {
  const { command, args, env, cwd, uid, gid, stopSignal = 'SIGTERM', onLine } = options;
  const child = spawn(command, args, {
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });

  const release = guard(child.pid as number, stopSignal, options.removeFolder);
  child.once('exit', release);
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    readLines(stream, (line) => {
      kept.push(line);
      if (kept.length > keptLinesMax) kept.shift();
      onLine?.(line);
    });
  }

  const running = () => child.exitCode === null && child.signalCode === null;
  const kill = (signal: NodeJS.Signals) => void (running() && child.kill(signal));
  const stop = async () => {
    kill(stopSignal);
    kill('SIGCONT');
    const timer = setTimeout(() => kill('SIGKILL'), options.stopDeadlineMs);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  return { pid: child.pid as number, exited, running, lastLines: () => [...kept], kill, stop };
};

/** "exit code 1" or "signal SIGKILL". */
export const describeExit = ({ code, signal }: Exit): string =>
  signal ? `signal ${signal}` : `exit code ${code}`;

const readLines = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
};
