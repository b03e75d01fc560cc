import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file of real input that is not part of the project (../shared/data beside the checkout), or undefined
 * where there is none: then the tests run on invented data alone, and this says so.
 */
export const sharedData = (name: string): string | undefined => {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  console.warn(`LEFT OUT: the tests on ${name}, because ${path} is missing; those on invented data run`);
  return undefined;
};
