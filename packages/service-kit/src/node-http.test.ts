import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('what a service loads of the kit does not load undici', async () => {
  const modules = ['./http/server.ts', './service/kafka-parts.ts'].map(
    (name) => new URL(name, import.meta.url),
  );
  const script = `
    await Promise.all(${JSON.stringify(modules)}.map((module) => import(module)));
    console.log(process.moduleLoadList.filter((name) => /NativeModule (http|internal.deps.undici.undici)$/.test(name)));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toContain('http');
  expect(stdout).not.toContain('undici');
});
