import { fileURLToPath } from 'node:url';
import { startChild } from '@souk/embedded/child.ts';

const main = fileURLToPath(import.meta.resolve('souk/main.ts'));
const stopDeadlineMs = 5_000;

/** Runs the `souk` command as a person does, with further variables, and gives how it ended and what it wrote. */
export const runSouk = async (
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> => {
  const lines: string[] = [];
  const child = await startChild({
    command: process.execPath,
    args: [main, ...args],
    env: { ...process.env, ...env },
    stopDeadlineMs,
    onLine: (line) => lines.push(line),
  });
  const { code } = await child.exited;
  return { code, output: lines.join('\n') };
};
