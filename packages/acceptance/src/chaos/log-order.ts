import type { Finding, LoggedEvent } from './evidence.ts';

/**
 * Order per partition and key, with repeats left out: numbers ascend in a partition, versions ascend for a key. A
 * number that comes again is a repeat only under the same event.
 */
export const orderFindings = (topic: string, log: readonly LoggedEvent[]): Finding[] => {
  const where = `log of ${topic}`;
  const findings: Finding[] = [];
  const seen = new Map<number, string>();
  const newest = new Map<number, number>();
  const versions = new Map<string, number>();
  for (const { partition, sequence, id, key, version } of log) {
    const before = seen.get(sequence);
    if (before !== undefined) {
      if (before !== id)
        findings.push({ kind: 'doubled', where, what: `number ${sequence} is of ${before} and of ${id}` });
      continue;
    }
    seen.set(sequence, id);
    const last = newest.get(partition) ?? 0;
    if (sequence < last)
      findings.push({
        kind: 'reordered',
        where,
        what: `number ${sequence} comes after ${last} in partition ${partition}`,
      });
    newest.set(partition, Math.max(last, sequence));
    if (version === undefined) continue;
    const lastVersion = versions.get(key) ?? 0;
    if (version <= lastVersion)
      findings.push({
        kind: 'reordered',
        where,
        what: `version ${version} of ${key} comes after ${lastVersion}`,
      });
    versions.set(key, Math.max(lastVersion, version));
  }
  return findings;
};
