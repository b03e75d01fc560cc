import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file of real input that is not part of the project (../shared/data beside the checkout), or undefined
 * where there is none: then the test that needs it is skipped, `test.skipIf(!file)`, and this says so.
 */
export const sharedData = (name: string): string | undefined => {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  console.warn(`SKIPPED: the tests that need ${name}, because ${path} is missing`);
  return undefined;
};
