/** Selects what the variables of the dashboard choose. */
export const chosen = 'job="souk", service=~"$service", instance=~"$instance"';

/** A selector of a metric, by the variables and by further matchers such as `status=~"5.."`. */
export const select = (metric: string, matchers = ''): string =>
  `${metric}{${chosen}${matchers === '' ? '' : `, ${matchers}`}}`;

/** What a counter rises by per second, summed by labels. */
export const perSecond = (counter: string, by: string, matchers = ''): string =>
  `sum by (${by}) (rate(${select(counter, matchers)}[$__rate_interval]))`;

/** What a counter rose by in the time range shown. */
export const inRange = (counter: string, by: string, matchers = ''): string =>
  `sum by (${by}) (increase(${select(counter, matchers)}[$__range]))`;

/** A percentile (0 to 1) of a histogram, by labels. */
export const percentile = (q: number, histogram: string, by: string, matchers = ''): string =>
  `histogram_quantile(${q}, sum by (${by === '' ? 'le' : `${by}, le`}) (rate(${select(`${histogram}_bucket`, matchers)}[$__rate_interval])))`;

/** The mean of a histogram; nothing where nothing was observed. */
export const mean = (histogram: string, by: string, matchers = ''): string =>
  `${perSecond(`${histogram}_sum`, by, matchers)} / (${perSecond(`${histogram}_count`, by, matchers)} > 0)`;

/** A part of a whole, by labels: 0 where there is a whole and no part, nothing where there is no whole. */
export const share = (part: string, whole: string): string => `(${part} or 0 * ${whole}) / (${whole} > 0)`;

/** What histograms' buckets rose by, for a heatmap. */
export const buckets = (histogram: string, matchers = ''): string =>
  `sum by (le) (increase(${select(`${histogram}_bucket`, matchers)}[$__rate_interval]))`;

const operatorRoutes = '/live|/ready|/health|/metrics|/openapi.json|/docs.*';

/** Routes for people and their programs: not those for operators. */
export const apiRoutes = `route!~"${operatorRoutes}"`;

/** What the objective of availability is about, as prometheus/rules/recording.yml has it. */
export const availabilityRequests = `route!~"${operatorRoutes}|unmatched"`;

/** What the objective of latency is about, as prometheus/rules/recording.yml has it. */
export const latencyRequests = `status!~"5..", route!~"${operatorRoutes}|unmatched|.*/batch|.*/stream"`;

/** How many times faster than allowed the budget of an objective is spent: a line for each window. */
export const burnRates = (slo: string, ...windows: string[]): [expr: string, legend: string][] =>
  windows.map((window) => [
    `service:slo_burn_rate:${window}{service=~"$service", slo="${slo}"}`,
    `{{service}} ${window}`,
  ]);
