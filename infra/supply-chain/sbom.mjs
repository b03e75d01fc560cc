// Writes to standard output what runs in production, from the lock file, as CycloneDX: the services, the console and
// the command, and not what builds and tests them.
import { spawnSync } from 'node:child_process';

const inProduction = ['./services/*', '@souk/console', 'souk'];
const args = [
  ...inProduction.map((name) => `--filter=${name}`),
  'sbom',
  '--sbom-format',
  'cyclonedx',
  '--sbom-type',
  'application',
  '--prod',
  '--lockfile-only',
];
process.exit(spawnSync('pnpm', args, { stdio: 'inherit' }).status ?? 1);
