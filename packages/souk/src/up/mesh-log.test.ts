import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { meshLog } from './mesh-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const info = '{"level":30,"msg":"listening"}';
const warning = '{"level":40,"msg":"retrying","err":{"message":"connection refused"}}';
const crash = 'TypeError: x is not a function';

const shownOf = async (everything: boolean): Promise<string[]> => {
  const shown: string[] = [];
  const log = meshLog(folder, everything, (line) => shown.push(line.replaceAll(/\s+/g, ' ')));
  const write = log.service('user');
  for (const line of [info, warning, crash]) write(line);
  await log.close();
  return shown;
};

test('shows warnings, errors and crashes on the terminal, and keeps every line as it came in the file', async () => {
  expect(await shownOf(false)).toEqual([
    'user warn retrying: connection refused',
    'user warn TypeError: x is not a function',
  ]);
  expect(readFileSync(join(folder, 'user.log'), 'utf8')).toBe(`${[info, warning, crash].join('\n')}\n`);
});

test('shows everything when asked to', async () => {
  expect(await shownOf(true)).toContain('user info listening');
});

test('a full disk ends the log, and not the mesh', async () => {
  symlinkSync('/dev/full', join(folder, 'full.log'));
  const shown: string[] = [];
  const log = meshLog(folder, false, (line) => shown.push(line));
  const write = log.service('full');
  write(info);
  await vi.waitFor(() => expect(shown).toEqual([expect.stringMatching(/full\.log .*ENOSPC/)]));

  write(info);
  await log.close();

  expect(shown).toHaveLength(1);
});

test('a log that cannot be opened is an error before anything starts', () => {
  mkdirSync(join(folder, 'folder.log'));
  expect(() => meshLog(folder, false, console.error).service('folder')).toThrow('folder.log');
});
