import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const settings = readFileSync(new URL('.env.example', root), 'utf8');
const portOf = (/** @type {string} */ name) =>
  Number(new RegExp(`^${name.toUpperCase()}_PORT=(\\d+)$`, 'm').exec(settings)?.[1]);

/**
 * The usual port of every service, by its name. From .env.example: this may run without packages and on Node 20, where
 * the list of the contracts cannot be loaded.
 */
export const ports = Object.fromEntries(
  readdirSync(new URL('services/', root)).map((name) => [name, portOf(name)]),
);
