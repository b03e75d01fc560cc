import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverOwner } from '@souk/embedded/postgres-system.ts';

const script = fileURLToPath(new URL('../../../infra/compose/certificates.sh', import.meta.url));

export interface TestCertificates {
  /** The path of a file: `ca.pem`, `NAME.pem`, `NAME.key`. */
  path(name: string): string;
  text(name: string): string;
  remove(): void;
}

/**
 * An authority of its own, and a certificate by it for each name, which names localhost too. `valid` ones are made
 * first; the `expired` ones ended yesterday. An embedded Postgres may read them.
 */
export const testCertificates = (valid: string[], expired: string[] = []): TestCertificates => {
  const folder = mkdtempSync('/tmp/souk-certificates-');
  execFileSync(script, [folder, ...valid]);
  execFileSync(script, [folder, ...expired], { env: { ...process.env, CERTIFICATE_DAYS: '-1' } });
  const { uid, gid } = serverOwner();
  chmodSync(folder, 0o755);
  if (uid !== undefined && gid !== undefined)
    for (const name of readdirSync(folder)) chownSync(join(folder, name), uid, gid);
  return {
    path: (name) => join(folder, name),
    text: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
