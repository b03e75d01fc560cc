import { readdirSync, readFileSync } from 'node:fs';
import { substituted } from './promql.mjs';

/** @typedef {{ where: string, kind: 'panel' | 'variable' | 'annotation' | 'recording' | 'alerting', expr: string }} Query */

export const dashboardsFolder = new URL('../../grafana/dashboards/', import.meta.url);

/**
 * Every query of Prometheus in the dashboards of a folder: of panels, variables and annotations, with the variables
 * put in.
 *
 * @param {URL} folder
 * @returns {Query[]}
 */
export const dashboardQueries = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => queriesOf(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));

/** @param {any} dashboard @returns {Query[]} */
const queriesOf = ({ title, panels, templating, annotations }) => [
  ...panels.flatMap((/** @type {any} */ panel) =>
    (panel.targets ?? [])
      .filter((/** @type {any} */ target) => target.datasource.type === 'prometheus')
      .map((/** @type {any} */ { expr }) => query(`${title}: ${panel.title}`, 'panel', expr)),
  ),
  ...templating.list
    .filter((/** @type {any} */ { type }) => type === 'query')
    .map((/** @type {any} */ variable) =>
      query(`${title}: variable ${variable.name}`, 'variable', seriesOf(variable.query.query)),
    ),
  ...annotations.list.map((/** @type {any} */ { name, expr }) =>
    query(`${title}: annotation ${name}`, 'annotation', expr),
  ),
];

/** @param {string} where @param {Query['kind']} kind @param {string} expr @returns {Query} */
const query = (where, kind, expr) => ({ where, kind, expr: substituted(expr) });

/** The series of `label_values(series, label)`. @param {string} text */
const seriesOf = (text) => {
  const [, series] = /^label_values\((.+), \w+\)$/.exec(text) ?? [];
  if (!series) throw new Error(`not a query of label values: ${text}`);
  return series;
};
