import { parser } from '@prometheus-io/lezer-promql';

/** What a query asks of a metric: the selector as it is written, and the metric's name. */
/** @typedef {{ selector: string, metric: string }} Selector */

/**
 * Every selector of a query.
 *
 * @param {string} query without variables of Grafana
 * @returns {Selector[]}
 * @throws when the query does not parse
 */
export const selectorsOf = (query) => {
  /** @type {Selector[]} */
  const selectors = [];
  parser.parse(query).iterate({
    enter: ({ name, from, to, node, type }) => {
      if (type.isError) throw new Error(`does not parse at ${from}: ${query.slice(from, from + 40)}`);
      if (name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      if (!metric) throw new Error(`a selector without a metric's name: ${query.slice(from, to)}`);
      selectors.push({ selector: query.slice(from, to), metric: query.slice(metric.from, metric.to) });
    },
  });
  return selectors;
};

/** What Grafana puts in for its variables: everything, in a range that a short run has data for. */
const variables = /** @type {const} */ ({
  $service: '.+',
  $instance: '.+',
  $__rate_interval: '1m',
  $__range: '5m',
});

/**
 * A dashboard's query as Grafana would send it.
 *
 * @param {string} expr
 * @throws for a variable that no dashboard defines
 */
export const substituted = (expr) =>
  expr.replace(/\$\w+/g, (name) => {
    const value = variables[/** @type {keyof typeof variables} */ (name)];
    if (value === undefined) throw new Error(`no such variable: ${name}`);
    return value;
  });
