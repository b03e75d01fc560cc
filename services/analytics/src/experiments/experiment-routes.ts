import { experimentNamePattern } from '@souk/contracts/experiments.ts';
import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { analysts } from '../access.ts';
import { Count, Time, tags } from '../queries/fields.ts';
import type { ExperimentQuery, ExperimentState, VariantCounts } from './experiment-query.ts';
import { differenceInterval, wilsonInterval } from './intervals.ts';

const Rate = nullable(Type.Object({ rate: Type.Number(), low: Type.Number(), high: Type.Number() }), {
  description: 'a part of the users with its 95 % interval (Wilson); null without users',
});
const Difference = nullable(
  Type.Object({ difference: Type.Number(), low: Type.Number(), high: Type.Number() }),
  {
    description:
      'from the rate of the first variant, with its 95 % interval (Newcombe); null for the first one and without users',
  },
);

const ExperimentFigures = Type.Object(
  {
    experiment: Type.String(),
    start: Time,
    end: nullable(Time),
    share: Type.Number({ minimum: 0, maximum: 1, description: 'of all users' }),
    click_minutes: Type.Number({ description: 'within which a view or a cart counts as a click' }),
    purchase_hours: Type.Number({ description: 'within which a purchase counts' }),
    variants: Type.Array(
      Type.Object({
        variant: Type.String(),
        users: Type.Integer({ minimum: 0, description: 'who were shown a recommendation' }),
        clicks: Count,
        clicking_users: Type.Integer({ minimum: 0, description: 'with at least one click' }),
        click_rate: Rate,
        click_rate_difference: Difference,
        purchases: Type.Integer({ minimum: 0, description: 'purchase lines that were not taken back' }),
        purchasing_users: Type.Integer({ minimum: 0, description: 'with at least one of them' }),
        purchase_rate: Rate,
        purchase_rate_difference: Difference,
      }),
    ),
  },
  { title: 'ExperimentFigures' },
);

/** Shows what came of the variants of an experiment. */
export const experimentRoutes = (http: Http, { experiments }: { experiments: ExperimentQuery }): void => {
  http.get(
    '/api/v1/analytics/experiments/:name',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getExperiment',
        summary: 'What came of the variants of an experiment',
        description:
          'Rates are parts of the users who were shown a recommendation of their variant. A product that was shown ' +
          'and then viewed or put into the cart within `click_minutes` is a click, one that was bought within ' +
          '`purchase_hours` a purchase; both by the time of the events.',
        params: Type.Object({ name: Type.String({ pattern: experimentNamePattern }) }),
        response: { 200: ExperimentFigures, ...problems(404) },
      },
    },
    async ({ params: { name } }) => {
      const state = await experiments.find(name);
      if (!state) throw problem(404, 'experiment_not_found', 'there is no experiment of this name');
      return view(name, state);
    },
  );
};

const view = (name: string, { settings, ends_at, counts }: ExperimentState) => {
  const none = { users: 0, clicks: 0, clicking_users: 0, purchases: 0, purchasing_users: 0 };
  const variants = settings.variants.map(
    (variant) => counts.find((known) => known.variant === variant) ?? { variant, ...none },
  );
  return {
    experiment: name,
    start: settings.start,
    end: ends_at?.toISOString() ?? null,
    share: settings.share,
    click_minutes: settings.click_ms / 60_000,
    purchase_hours: settings.purchase_ms / 3_600_000,
    variants: variants.map((variant) => ({
      ...variant,
      click_rate: rateOf(variant, 'clicking_users'),
      click_rate_difference: differenceOf(variant, variants[0], 'clicking_users'),
      purchase_rate: rateOf(variant, 'purchasing_users'),
      purchase_rate_difference: differenceOf(variant, variants[0], 'purchasing_users'),
    })),
  };
};

type Successes = 'clicking_users' | 'purchasing_users';

const rateOf = (variant: VariantCounts, of: Successes) =>
  variant.users === 0
    ? null
    : { rate: variant[of] / variant.users, ...wilsonInterval(variant[of], variant.users) };

const differenceOf = (variant: VariantCounts, first: VariantCounts | undefined, of: Successes) => {
  if (first === undefined || first === variant || variant.users === 0 || first.users === 0) return null;
  const [one, other] = [variant, first].map((each) => ({ successes: each[of], trials: each.users })) as [
    { successes: number; trials: number },
    { successes: number; trials: number },
  ];
  return {
    difference: one.successes / one.trials - other.successes / other.trials,
    ...differenceInterval(one, other),
  };
};
