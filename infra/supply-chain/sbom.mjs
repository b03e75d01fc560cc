// Writes to standard output what runs in production, from the lock file, as CycloneDX.
import { spawnSync } from 'node:child_process';

const args = [
  'sbom',
  '--sbom-format',
  'cyclonedx',
  '--sbom-type',
  'application',
  '--prod',
  '--lockfile-only',
];
process.exit(spawnSync('pnpm', args, { stdio: 'inherit' }).status ?? 1);
