import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Opens the document in the person's editor ($VISUAL, $EDITOR, else vi) and gives what was saved; undefined when it
 * is unchanged. The file is readable for this user alone and deleted afterwards. Throws when the editor fails.
 */
export const editDocument = async (name: string, document: Buffer): Promise<Buffer | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-letter-'));
  const file = join(folder, `${name.replace(/[^\w.-]/g, '_')}.json`);
  try {
    writeFileSync(file, document, { mode: 0o600 });
    const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
    // Through a shell, since $EDITOR may hold options; the file is an argument of its own.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    if (status !== 0) throw new Error(`the editor (${editor}) ended with status ${status}: nothing was sent`);
    const edited = readFileSync(file);
    return edited.equals(document) ? undefined : edited;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
