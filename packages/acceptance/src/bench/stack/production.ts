import { readFileSync } from 'node:fs';

const dockerfile = new URL('../../../../../infra/Dockerfile', import.meta.url);
const names = ['NODE_ENV', 'NODE_OPTIONS', 'MALLOC_ARENA_MAX'];

/** The environment that decides how fast and how large a service is, as its image has it. */
export const productionEnv = (): Record<string, string> => {
  const text = readFileSync(dockerfile, 'utf8');
  return Object.fromEntries(
    names.map((name) => {
      const [, quoted, plain] = new RegExp(`\\b${name}=(?:"([^"]*)"|(\\S+))`).exec(text) ?? [];
      const value = quoted ?? plain;
      if (value === undefined) throw new Error(`infra/Dockerfile does not set ${name}`);
      return [name, value];
    }),
  );
};
