export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const special: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity };

/**
 * Reads the samples of the Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * Comments, types and lines that are none are passed over.
 */
export const parseMetrics = (text: string): Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = sampleLine.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name, labels: parseLabels(labels), value: special[value] ?? Number(value) }];
  });

/** The sum of a metric over all its labels; undefined when it has no sample. */
export const sumOf = (samples: readonly Sample[], name: string): number | undefined => {
  const found = samples.filter((sample) => sample.name === name);
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
};

const parseLabels = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(labelPair)].map(([, label = '', value = '']) => [label, unescapeLabel(value)]),
  );

const unescapeLabel = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
