import { isDeepStrictEqual } from 'node:util';
import { type Experiment, readExperiments, runningAt, variantOf } from '@souk/contracts/experiments.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { problemsOf } from '@souk/contracts/validation.ts';
import { configError } from '@souk/service-kit/config/config-error.ts';
import { defaultNeighbourhood, type NeighbourhoodSettings } from '../neighbours/neighbourhood.ts';
import type { Weighing } from '../popularity/popularity.ts';

const upTo = (maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum }));
const weight = Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 }));

/** What a variant may have of its own; all else is as the service is set. */
const VariantSettings = Type.Object(
  {
    half_life_days: Type.Optional(Type.Number({ minimum: 0.05, maximum: 3_650 })),
    weights: Type.Optional(
      Type.Object(
        { view: weight, like: weight, add_to_cart: weight, purchase: weight },
        { additionalProperties: false },
      ),
    ),
    neighbourhood: Type.Optional(
      Type.Object(
        {
          session_items: upTo(100),
          shoppers_per_item: upTo(1_000),
          neighbours: upTo(1_000),
          similar_shoppers: upTo(1_000),
          candidates: upTo(5_000),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
type VariantSettings = Static<typeof VariantSettings>;

/** How the answers of one variant are made. */
export interface VariantSetting extends Weighing {
  experiment: string;
  variant: string;
  /** Whether its scores are those kept beside the service's own. */
  isOther: boolean;
  neighbourhood: NeighbourhoodSettings;
}

export interface Variants {
  /** The one weighing that differs from the service's own: its scores are kept, too. */
  other?: Weighing;
  all: readonly VariantSetting[];
  /** The one that a user (an id in lower case) sees at a time; undefined for who takes no part. */
  of(userId: string, atMs: number): VariantSetting | undefined;
}

/** The variants of the setting EXPERIMENTS. Throws a ConfigError that names every fault. */
export const variantsOf = ({ EXPERIMENTS }: { EXPERIMENTS: string }, own: Weighing): Variants => {
  const read = readExperiments(EXPERIMENTS);
  const problems = 'problems' in read ? read.problems : read.experiments.flatMap(faultsOf);
  const experiments = 'problems' in read ? [] : read.experiments;
  const all = problems.length > 0 ? [] : experiments.flatMap((experiment) => settingsOf(experiment, own));
  const others = distinct(
    all.flatMap(({ isOther, weights, halfLifeMs }) => (isOther ? { weights, halfLifeMs } : [])),
  );
  if (others.length > 1)
    problems.push(
      '/: variants may have one half-life and one set of weights that are not those of the service',
    );
  if (problems.length > 0) throw configError(problems.map((problem) => `EXPERIMENTS ${problem}`));
  return {
    ...(others[0] && { other: others[0] }),
    all,
    of: (userId, atMs) => {
      const experiment = runningAt(experiments, atMs);
      const variant = experiment && variantOf(experiment, userId);
      return all.find((one) => one.experiment === experiment?.name && one.variant === variant?.name);
    },
  };
};

const faultsOf = ({ variants }: Experiment, index: number): string[] =>
  variants.flatMap(({ settings }, place) =>
    problemsOf(VariantSettings, settings).map(
      (problem) => `/${index}/variants/${place}/settings${problem.replace(/^\/(?=:)/, '')}`,
    ),
  );

const dayMs = 86_400_000;

const settingsOf = ({ name: experiment, variants }: Experiment, own: Weighing): VariantSetting[] =>
  variants.map((variant) => {
    const { half_life_days, weights = {}, neighbourhood: given = {} } = variant.settings as VariantSettings;
    const weighing = {
      weights: new Map([...own.weights, ...Object.entries(weights)]),
      halfLifeMs: half_life_days === undefined ? own.halfLifeMs : half_life_days * dayMs,
    };
    const isOther = !isDeepStrictEqual(weighing, { weights: own.weights, halfLifeMs: own.halfLifeMs });
    const neighbourhood = {
      sessionItemsMax: given.session_items ?? defaultNeighbourhood.sessionItemsMax,
      shoppersPerItemMax: given.shoppers_per_item ?? defaultNeighbourhood.shoppersPerItemMax,
      neighboursMax: given.neighbours ?? defaultNeighbourhood.neighboursMax,
      similarShoppersMax: given.similar_shoppers ?? defaultNeighbourhood.similarShoppersMax,
      candidatesMax: given.candidates ?? defaultNeighbourhood.candidatesMax,
    };
    return { experiment, variant: variant.name, ...weighing, isOther, neighbourhood };
  });

const distinct = (weighings: readonly Weighing[]): Weighing[] =>
  weighings.filter((one, at) => weighings.findIndex((other) => isDeepStrictEqual(one, other)) === at);
