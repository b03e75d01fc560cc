import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file of real input that is not part of the project (../shared/data beside the checkout), or undefined
 * where there is none: then the tests run on invented data alone, and this says so. Where nobody can look (CI) it throws,
 * unless SHARED_DATA=none says that there is none.
 */
export const sharedData = (name: string): string | undefined => {
  const path = fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  if (process.env.CI && process.env.SHARED_DATA !== 'none')
    throw new Error(`${path} is missing: SHARED_DATA=none leaves out the tests on it`);
  console.warn(`LEFT OUT: the tests on ${name}, because ${path} is missing; those on invented data run`);
  return undefined;
};
