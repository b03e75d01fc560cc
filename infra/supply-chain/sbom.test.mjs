import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./sbom.mjs', import.meta.url));

test('names what runs in production, and nothing that only builds or tests it', { timeout: 60_000 }, () => {
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  /** @type {{ bomFormat: string, components: { name: string, group?: string, version: string }[] }} */
  const { bomFormat, components } = JSON.parse(stdout || `"${stderr}"`);
  const names = components.map(({ group, name }) => (group ? `${group}/${name}` : name));
  expect(bomFormat).toBe('CycloneDX');
  expect(names).toEqual(
    expect.arrayContaining([
      'fastify',
      'postgres',
      'jose',
      '@confluentinc/kafka-javascript',
      '@souk/service-kit',
    ]),
  );
  for (const tool of ['vitest', 'typescript', 'testcontainers', '@souk/testing', '@souk/acceptance'])
    expect(names).not.toContain(tool);
});
