import { format } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { vi } from 'vitest';
import { errorText, soukProgram } from '../program.ts';

export interface Ended {
  code: number;
  output: string;
  errors: string;
}

/** A command listens to them until its process ends. */
const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs a command of `souk` as main.ts does, with further variables, but in this process: one of its own takes longer
 * to load than most commands to run. One at a time: what anything in the process writes meanwhile is in the result.
 */
export const soukHere = async (args: string[], env: Record<string, string> = {}): Promise<Ended> => {
  let [output, errors] = ['', ''];
  const toOutput = (text: unknown) => {
    output += text;
    return true;
  };
  const toErrors = (text: unknown) => {
    errors += text;
    return true;
  };
  const line =
    (write: (text: string) => void) =>
    (...parts: unknown[]) =>
      write(`${format(...parts)}\n`);
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(toOutput),
    vi.spyOn(process.stderr, 'write').mockImplementation(toErrors),
    vi.spyOn(console, 'log').mockImplementation(line(toOutput)),
    vi.spyOn(console, 'error').mockImplementation(line(toErrors)),
  ];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const exitCodeBefore = process.exitCode;
  const listenersBefore = signals.map((signal) => new Set(process.listeners(signal)));
  process.exitCode = 0;
  try {
    await withoutExit(soukProgram()).parseAsync(['node', 'souk', ...args]);
  } catch (error) {
    if (!(error instanceof CommanderError)) errors += `${format(errorText(error))}\n`;
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
  }
  const code = Number(process.exitCode);
  process.exitCode = exitCodeBefore;
  for (const [index, signal] of signals.entries())
    for (const listener of process.listeners(signal))
      if (!listenersBefore[index]?.has(listener)) process.off(signal, listener);
  for (const spy of spies) spy.mockRestore();
  vi.unstubAllEnvs();
  return { code, output, errors };
};

/** A command that throws where it would end the process. */
const withoutExit = (command: Command): Command => {
  for (const one of command.commands) withoutExit(one as Command);
  return command.exitOverride();
};
