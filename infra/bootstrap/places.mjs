import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Node and pnpm of this checkout, each in a folder named by its version. */
export const toolchainFolder = join(root, '.toolchain');

export const installLog = join(root, '.souk', 'logs', 'install.log');
