import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where `souk up` has it, too. */
const compileCache = fileURLToPath(new URL('../../../../../.souk/compile-cache', import.meta.url));
const dockerfile = new URL('../../../../../infra/Dockerfile', import.meta.url);
const names = ['NODE_ENV', 'NODE_OPTIONS', 'MALLOC_ARENA_MAX'];

/**
 * The environment that decides how fast and how large a service is, as its image has it. There everything is compiled
 * already: here so is what an earlier process has compiled that has ended.
 */
export const productionEnv = (): Record<string, string> => {
  const text = readFileSync(dockerfile, 'utf8');
  const fromImage = Object.fromEntries(
    names.map((name) => {
      const [, quoted, plain] = new RegExp(`\\b${name}=(?:"([^"]*)"|(\\S+))`).exec(text) ?? [];
      const value = quoted ?? plain;
      if (value === undefined) throw new Error(`infra/Dockerfile does not set ${name}`);
      return [name, value];
    }),
  );
  return { ...fromImage, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache };
};
