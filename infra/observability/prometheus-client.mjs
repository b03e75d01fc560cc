/** @typedef {import('./dashboard-queries.mjs').Query} Query */

const timeoutMs = 30_000;

/**
 * Speaks to a Prometheus.
 *
 * @param {string} base its address, without a slash at the end
 */
export const prometheusClient = (base) => ({
  /**
   * The number of series that an instant query gives now. Rejects with Prometheus' own words when it refuses it.
   *
   * @param {string} expr
   * @returns {Promise<number>}
   */
  count: async (expr) => {
    const { resultType, result } = await ask(base, '/api/v1/query', { query: expr });
    return resultType === 'scalar' ? 1 : result.length;
  },

  /**
   * Every rule it has loaded, and the failure of its last evaluation if it failed.
   *
   * @returns {Promise<(Query & { name: string, failure: string | undefined })[]>}
   */
  rules: async () => {
    const { groups } = await ask(base, '/api/v1/rules', {});
    return groups.flatMap((/** @type {any} */ group) =>
      group.rules.map((/** @type {any} */ { name, type, query, lastError }) => ({
        where: `${group.name}: ${name}`,
        name,
        kind: type,
        expr: query,
        failure: lastError || undefined,
      })),
    );
  },

  /**
   * What it scrapes as job souk.
   *
   * @returns {Promise<{ service: string, url: string, health: string }[]>}
   */
  targets: async () => {
    const { activeTargets } = await ask(base, '/api/v1/targets', { state: 'active' });
    return activeTargets
      .filter((/** @type {any} */ { labels }) => labels.job === 'souk')
      .map((/** @type {any} */ { labels, scrapeUrl, health }) => ({
        service: labels.service,
        url: scrapeUrl,
        health,
      }));
  },
});

/** @param {string} base @param {string} path @param {Record<string, string>} parameters */
const ask = async (base, path, parameters) => {
  const response = await fetch(`${base}${path}?${new URLSearchParams(parameters)}`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { status, data, error } = /** @type {any} */ (await response.json());
  if (status !== 'success') throw new Error(error);
  return data;
};
