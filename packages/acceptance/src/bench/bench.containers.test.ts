import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '@souk/embedded/child.ts';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

test('npm run bench measures a row at each size and says how it stands to its goal', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [json, svg] = [join(folder, 'bench.json'), join(folder, 'bench.svg')];
  const lines: string[] = [];
  const child = await startChild({
    command: process.execPath,
    args: [main, '--quick', '--only', 'relay', '--json', json, '--svg', svg],
    env: { ...process.env, TEST_INFRASTRUCTURE: 'local' },
    stopDeadlineMs: 20_000,
    onLine: (line) => lines.push(line),
  });

  expect(await child.exited, lines.join('\n')).toEqual({ code: 0, signal: null });

  const { measurements } = JSON.parse(readFileSync(json, 'utf8'));
  expect(measurements).toMatchObject(
    [1, 10].map((growth) => ({ row: 'relay', growth, figures: [{ value: expect.any(Number) }] })),
  );
  expect(readFileSync(svg, 'utf8')).toContain('relay');
  expect(lines.join('\n')).toMatch(/\| relay .*(reached|BEHIND)/);
});
