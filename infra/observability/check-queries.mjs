/**
 * Runs every query of the dashboards, the recording rules and the alerts on a Prometheus that scrapes a mesh under load:
 *   node infra/observability/check-queries.mjs http://127.0.0.1:9090
 * Ends with status 1, and says what is wrong, when a query does not run, one that should have data has none, a metric
 * is exported and shown nowhere, or used and exported nowhere.
 */
import { pathToFileURL } from 'node:url';
import { dashboardQueries, dashboardsFolder } from './dashboard-queries.mjs';
import { exportedMetrics, familyOf } from './exported-metrics.mjs';
import { prometheusClient } from './prometheus-client.mjs';
import { selectorsOf } from './promql.mjs';
import { rightlyEmpty } from './rightly-empty.mjs';

/** @typedef {import('./dashboard-queries.mjs').Query} Query */
/** @typedef {import('./promql.mjs').Selector} Selector */
/** @typedef {ReturnType<typeof prometheusClient>} Prometheus */

/** Made by Prometheus itself. */
const synthetic = new Set(['up', 'ALERTS']);
/** How far back a series may have been seen last. */
const lookBack = '15m';

/**
 * @param {string} base address of a Prometheus
 * @returns {Promise<{ problems: string[], queries: number, selectors: number, metrics: number }>}
 */
export const checkQueries = async (base) => {
  const prometheus = prometheusClient(base);
  const rules = await prometheus.rules();
  const dashboards = dashboardQueries(dashboardsFolder);
  const queries = [...dashboards, ...rules];
  const unparsable = queries.flatMap(({ where, expr }) => parseErrors(where, expr));
  if (unparsable.length > 0)
    return { problems: unparsable, queries: queries.length, selectors: 0, metrics: 0 };
  const metrics = await exportedMetrics(await prometheus.targets());
  const selectors = new Map(
    queries.flatMap(({ expr }) => selectorsOf(expr)).map((selector) => [selector.selector, selector]),
  );
  const problems = [
    ...rules.flatMap(({ where, failure }) =>
      failure ? [`${where}: its evaluation failed: ${failure}`] : [],
    ),
    ...(await queriesWithout(prometheus, queries)),
    ...(await selectorsWithout(prometheus, [...selectors.values()])),
    ...unusedReasons([...selectors.values()]),
    ...metricsApart(dashboards, rules, metrics),
  ];
  return { problems, queries: queries.length, selectors: selectors.size, metrics: metrics.size };
};

/** @param {string} where @param {string} expr */
const parseErrors = (where, expr) => {
  try {
    selectorsOf(expr);
    return [];
  } catch (error) {
    return [`${where}: ${error instanceof Error ? error.message : error}`];
  }
};

/** @param {Prometheus} prometheus @param {Query[]} queries */
const queriesWithout = async (prometheus, queries) => {
  const problems = [];
  for (const { where, kind, expr } of queries) {
    try {
      const found = await prometheus.count(expr);
      if (found > 0 || kind === 'alerting' || selectorsOf(expr).some(mayBeEmpty)) continue;
      problems.push(`${where}: no data: ${expr}`);
    } catch (error) {
      problems.push(`${where}: ${error instanceof Error ? error.message : error}: ${expr}`);
    }
  }
  return problems;
};

/** An alert is empty while all is well, so its parts are looked at. @param {Prometheus} prometheus @param {Selector[]} selectors */
const selectorsWithout = async (prometheus, selectors) => {
  const problems = [];
  for (const selector of selectors.filter((candidate) => !mayBeEmpty(candidate)))
    if ((await prometheus.count(`last_over_time(${selector.selector}[${lookBack}])`)) === 0)
      problems.push(`no series: ${selector.selector}`);
  return problems;
};

/** @param {Selector} selector */
const mayBeEmpty = (selector) => rightlyEmpty.some((entry) => isMeant(entry, selector));

/** @param {typeof rightlyEmpty[number]} entry @param {Selector} selector */
const isMeant = ({ metric, matcher = '' }, { metric: name, selector }) =>
  name === metric && selector.includes(matcher);

/** @param {Selector[]} selectors */
const unusedReasons = (selectors) =>
  rightlyEmpty
    .filter((entry) => !selectors.some((selector) => isMeant(entry, selector)))
    .map(({ metric, matcher = '' }) => `rightly-empty.mjs: nothing asks for ${metric} ${matcher}`);

/**
 * @param {Query[]} dashboards
 * @param {(Query & { name: string })[]} rules
 * @param {Map<string, string>} metrics
 */
const metricsApart = (dashboards, rules, metrics) => {
  const recorded = rules.filter(({ kind }) => kind === 'recording');
  const recordedNames = new Set(recorded.map(({ name }) => name));
  const ofDashboards = metricsOf(dashboards);
  const shownRules = recorded.filter(({ name }) => ofDashboards.has(name));
  const shown = new Set([...ofDashboards, ...metricsOf(shownRules)].map((name) => familyOf(name, metrics)));
  const used = metricsOf([...dashboards, ...rules]);
  const known = (/** @type {string} */ name) =>
    metrics.has(familyOf(name, metrics)) || recordedNames.has(name) || synthetic.has(name);
  return [
    ...[...metrics.keys()]
      .filter((name) => !shown.has(name))
      .map((name) => `exported, shown nowhere: ${name}`),
    ...[...used].filter((name) => !known(name)).map((name) => `used, exported nowhere: ${name}`),
    ...[...recordedNames].filter((name) => !used.has(name)).map((name) => `recorded, used nowhere: ${name}`),
  ];
};

/** @param {Query[]} queries */
const metricsOf = (queries) =>
  new Set(queries.flatMap(({ expr }) => selectorsOf(expr)).map(({ metric }) => metric));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { problems, queries, selectors, metrics } = await checkQueries(
    process.argv[2] ?? 'http://127.0.0.1:9090',
  );
  for (const problem of problems) console.error(problem);
  console.log(`${queries} queries, ${selectors} selectors, ${metrics} metrics: ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
