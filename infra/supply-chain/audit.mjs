// Fails when something that runs in production has a known vulnerability of severity `high` or above. Where nobody can be
// asked for advisories, it says so and does not fail: the registry's outage is no fault of the code.
import { spawnSync } from 'node:child_process';

const graveMin = ['high', 'critical'];

const { stdout, stderr } = spawnSync('pnpm', ['audit', '--prod', '--json'], { encoding: 'utf8' });
const advisories = readAdvisories(stdout);
if (!advisories) {
  console.log(`NOT AUDITED: no advisories are to be had (${firstLine(stderr)})`);
  process.exit(0);
}
for (const { severity, module_name, title, patched_versions } of advisories)
  console.log(`${severity}  ${module_name}: ${title} (fixed in ${patched_versions || 'no version'})`);
const grave = advisories.filter(({ severity }) => graveMin.includes(severity));
console.log(
  `${advisories.length} known vulnerabilities in production, ${grave.length} of them ${graveMin.join(' or ')}`,
);
process.exit(grave.length > 0 ? 1 : 0);

/**
 * Undefined where the answer is none.
 *
 * @param {string} text
 * @returns {{ severity: string, module_name: string, title: string, patched_versions?: string }[] | undefined}
 */
function readAdvisories(text) {
  try {
    const { advisories: found } = JSON.parse(text);
    return found && Object.values(found);
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function firstLine(text) {
  return (
    text
      .split('\n')
      .find((line) => line.trim())
      ?.trim() ?? 'no answer'
  );
}
