const timeoutMs = 10_000;

/**
 * The metrics that the targets export together: name → type. A metric counts before it has its first series.
 *
 * @param {{ service: string, url: string }[]} targets
 * @returns {Promise<Map<string, string>>}
 */
export const exportedMetrics = async (targets) => {
  const texts = await Promise.all(
    targets.map(async ({ url }) => (await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })).text()),
  );
  return new Map(texts.flatMap(typesIn));
};

/** @param {string} exposition @returns {[name: string, type: string][]} */
const typesIn = (exposition) =>
  [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]);

/**
 * The metric that a series' name belongs to: `x_seconds` for `x_seconds_bucket` when that is a histogram's.
 *
 * @param {string} name
 * @param {Map<string, string>} metrics
 */
export const familyOf = (name, metrics) => {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return ['histogram', 'summary'].includes(metrics.get(base) ?? '') ? base : name;
};
