import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../../../..');
/** Moves on with every release, to its commit. */
const previous = 'b1a55cbf';
/** The first build that goes on answering while it stops: an update of an older one fails requests. */
export const firstThatDrains = '39b86387';
const outputMax = 256 * 1024 * 1024;

/** The build before this one as services to start: its code, with the packages of npm that this build has. */
export const openPreviousBuild = () => {
  const { folder, remove } = extractBuild(previous);
  for (const kind of ['packages', 'services'])
    for (const name of readdirSync(join(folder, kind))) linkPackages(folder, `${kind}/${name}`);
  return { services: pathToFileURL(`${folder}/services/`), remove };
};

/** The code of a build, by its commit, in a folder of its own. */
export const extractBuild = (commit: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-previous-'));
  const archive = execFileSync('git', ['archive', commit, 'packages', 'services', 'package.json'], {
    cwd: root,
    maxBuffer: outputMax,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Packages of the workspace are the old ones; all others are where this build has them. */
const linkPackages = (folder: string, name: string): void => {
  const present = join(root, name, 'node_modules');
  if (!existsSync(present)) return;
  const modules = join(folder, name, 'node_modules');
  mkdirSync(join(modules, '@souk'), { recursive: true });
  for (const entry of readdirSync(present)) {
    if (entry === '@souk')
      for (const own of readdirSync(join(present, '@souk')))
        symlinkSync(join(folder, 'packages', own), join(modules, '@souk', own));
    else symlinkSync(join(present, entry), join(modules, entry));
  }
};
