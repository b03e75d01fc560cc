import { isUtf8 } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { layOutJson } from '@souk/service-kit/json-layout.ts';

/**
 * Opens the document, JSON set out over lines, in the person's editor ($VISUAL, $EDITOR, else vi) and gives what was
 * saved; undefined when that is unchanged. The file is readable for this user alone and deleted afterwards. Throws an
 * Error for the user when the editor fails.
 */
export const editDocument = async (name: string, document: Buffer): Promise<Buffer | undefined> => {
  const layout = isUtf8(document) ? layOutJson(document.toString()) : undefined;
  const shown = layout === undefined ? document : Buffer.from(`${layout}\n`);
  const file = keepDocument(name, shown);
  try {
    const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
    // Through a shell, since $EDITOR may hold options; the file is an argument of its own.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    if (status !== 0)
      throw new Error(`the editor (${editor}) ended with status ${status}: this dead letter was not sent`);
    const edited = readFileSync(file);
    return edited.equals(shown) ? undefined : edited;
  } finally {
    rmSync(dirname(file), { recursive: true, force: true });
  }
};

/** Writes the document to a file for this user alone, in a new folder of its own, and gives the file's path. */
export const keepDocument = (name: string, document: Buffer): string => {
  const file = join(
    mkdtempSync(join(tmpdir(), 'souk-dead-letter-')),
    `${name.replace(/[^\w.-]/g, '_').slice(0, 60)}.json`,
  );
  writeFileSync(file, document, { mode: 0o600 });
  return file;
};
