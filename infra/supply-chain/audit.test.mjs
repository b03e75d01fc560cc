import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const script = fileURLToPath(new URL('./audit.mjs', import.meta.url));

/** Audits with a pnpm that answers so. */
const audit = (/** @type {string} */ answer, /** @type {string} */ complaint = '') => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'pnpm'),
    '#!/bin/sh\nprintf %s "$ANSWER"\nprintf %s "$COMPLAINT" >&2\nexit 1\n',
    { mode: 0o755 },
  );
  const env = { PATH: [folder, process.env.PATH].join(delimiter), ANSWER: answer, COMPLAINT: complaint };
  const { status, stdout } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
};

const advisory = (/** @type {string} */ severity) => ({
  severity,
  module_name: 'left-pad',
  title: 'pads right',
  patched_versions: '>=2',
});

test('fails for a grave vulnerability, and names it', () => {
  const { status, lines } = audit(
    JSON.stringify({ advisories: { 1: advisory('moderate'), 2: advisory('critical') } }),
  );
  expect(status).toBe(1);
  expect(lines).toEqual([
    'moderate  left-pad: pads right (fixed in >=2)',
    'critical  left-pad: pads right (fixed in >=2)',
    '2 known vulnerabilities in production, 1 of them high or critical',
  ]);
});

test('names a lesser one, and passes', () => {
  expect(audit(JSON.stringify({ advisories: { 1: advisory('moderate') } })).status).toBe(0);
});

test('says that nothing was audited where no advisories are to be had, and passes', () => {
  expect(audit('', '\nError: BAD_RESPONSE\n')).toEqual({
    status: 0,
    lines: ['NOT AUDITED: no advisories are to be had (Error: BAD_RESPONSE)'],
  });
});
