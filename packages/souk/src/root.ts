import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export const defaultPortBase = 8080;

export const stateBase = join(root, '.souk');

/** Where a mesh keeps its logs and its address file: .souk, or .souk/PORT for a second one on other ports. */
export const stateFolder = (portBase: number, base = stateBase): string =>
  portBase === defaultPortBase ? base : join(base, `${portBase}`);
