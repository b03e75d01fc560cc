import { createInterface } from 'node:readline/promises';
import { formatCount } from '../client/numbers.ts';

interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
}

/** Resolves when a person has typed yes. Throws an Error for the user otherwise, also after Ctrl-C. */
export const confirmDiscarding = async (count: number, { stdin, stdout }: Terminal): Promise<void> => {
  if (!stdin.isTTY) throw new Error(`${count} dead letters would be discarded: say --yes`);
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    const answer = await terminal
      .question(`Discard ${formatCount(count)} dead letters? Type yes: `)
      // Ctrl-C and Ctrl-D are a no.
      .catch(() => '');
    if (answer.trim() !== 'yes') throw new Error('nothing was discarded');
  } finally {
    terminal.close();
  }
};
