import { hash } from 'node:crypto';
import { timestamp } from './fields.ts';
import { type Static, Type } from './typebox.ts';
import { problemsOf } from './validation.ts';

/** What the name of an experiment or of a variant looks like. */
export const experimentNamePattern = '^[a-z][a-z0-9_-]{0,49}$';

const experimentsMax = 20;
const variantsMax = 8;

const name = () => Type.String({ pattern: experimentNamePattern });

const Experiment = Type.Object(
  {
    name: name(),
    start: timestamp(),
    end: Type.Optional(timestamp()),
    share: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'of all users; 1 unless given' }),
    ),
    click_minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_440 })),
    purchase_hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 720 })),
    variants: Type.Array(
      Type.Object(
        { name: name(), settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())) },
        { additionalProperties: false },
      ),
      { minItems: 2, maxItems: variantsMax },
    ),
  },
  { additionalProperties: false },
);

const Experiments = Type.Array(Experiment, { maxItems: experimentsMax });

/** One experiment, with everything filled in. */
export interface Experiment {
  name: string;
  startMs: number;
  /** Infinity while none is set. */
  endMs: number;
  /** The part of all users that takes part, 0 to 1. */
  share: number;
  /** How long after a recommendation was shown a view of it, or a cart with it, counts as a click. */
  clickMs: number;
  purchaseMs: number;
  variants: Variant[];
}

export interface Variant {
  name: string;
  /** What only the service that recommends reads. */
  settings: Readonly<Record<string, unknown>>;
}

/** The experiments that a JSON text describes, or what is wrong with it: all of it, `path: fault` each. */
export const readExperiments = (text: string): { experiments: Experiment[] } | { problems: string[] } => {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { problems: ['/: must be JSON'] };
  }
  const problems = problemsOf(Experiments, given);
  if (problems.length > 0) return { problems };
  const experiments = (given as Static<typeof Experiments>).map(experimentOf);
  const faults = experiments.flatMap(faultsOf);
  return faults.length > 0 ? { problems: faults } : { experiments };
};

const experimentOf = (given: Static<typeof Experiment>): Experiment => ({
  name: given.name,
  startMs: Date.parse(given.start),
  endMs: given.end === undefined ? Number.POSITIVE_INFINITY : Date.parse(given.end),
  share: given.share ?? 1,
  clickMs: (given.click_minutes ?? 30) * 60_000,
  purchaseMs: (given.purchase_hours ?? 24) * 3_600_000,
  variants: given.variants.map((variant) => ({ name: variant.name, settings: variant.settings ?? {} })),
});

const faultsOf = (experiment: Experiment, index: number, all: readonly Experiment[]): string[] => {
  const faults: string[] = [];
  const variants = experiment.variants.map((variant) => variant.name);
  if (new Set(variants).size < variants.length)
    faults.push(`/${index}/variants: two variants have the same name`);
  if (experiment.endMs <= experiment.startMs) faults.push(`/${index}/end: is not after the start`);
  for (const other of all.slice(0, index)) {
    if (other.name === experiment.name) faults.push(`/${index}/name: is the name of two experiments`);
    if (experiment.startMs < other.endMs && other.startMs < experiment.endMs)
      faults.push(`/${index}: runs at the same time as ${other.name}`);
  }
  return faults;
};

/** The experiment that runs at a time, if any: no two do. */
export const runningAt = (experiments: readonly Experiment[], atMs: number): Experiment | undefined =>
  experiments.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);

/**
 * The variant that a user (a UUID in lower case) sees, always the same; undefined for those who take no part. Of SHA-256
 * of `name/user` the first 48 bits decide who takes part and the next 48 which variant it is: so another share lets
 * users in or out, and moves none to another variant.
 */
export const variantOf = (
  { name, share, variants }: Pick<Experiment, 'name' | 'share' | 'variants'>,
  userId: string,
): Variant | undefined => {
  const bits = hash('sha256', `${name}/${userId}`, 'hex');
  const draw = (from: number) => Number.parseInt(bits.slice(from, from + 12), 16) / 2 ** 48;
  return draw(0) < share ? variants[Math.floor(draw(12) * variants.length)] : undefined;
};
