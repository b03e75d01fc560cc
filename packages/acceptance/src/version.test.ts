import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('all packages and the newest release in the changelog have one version', () => {
  const released = /^## \[(\d+\.\d+\.\d+)\]/m.exec(read('.github/CHANGELOG.md'))?.[1];
  const versions = globSync('{packages,services}/*/package.json', { cwd: root }).map((path) => [
    path,
    JSON.parse(read(path)).version,
  ]);

  expect(versions.length).toBeGreaterThan(10);
  expect(versions).toEqual(versions.map(([path]) => [path, released]));
});
