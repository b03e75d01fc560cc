import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { orCsv, tableResponses } from '@souk/service-kit/http/csv.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { analysts } from '../access.ts';
import { funnelSteps } from '../rollups/funnel-steps.ts';
import { Rate, rateOf, Time, tags, WindowField } from './fields.ts';
import type { JourneyRepository } from './journey-repository.ts';
import { windowUntil } from './window.ts';

const Funnel = Type.Object(
  {
    window: WindowField,
    from: nullable(Time, { description: 'null for the window all, which has no beginning' }),
    to: Time,
    items: Type.Array(
      Type.Object({
        step: Type.Enum([...funnelSteps]),
        users: Type.Integer({ minimum: 0, description: 'distinct users who came to this step' }),
        rate: Rate('of the users of the step before'),
        rate_of_first: Rate('of the users of the first step'),
      }),
      { minItems: funnelSteps.length, maxItems: funnelSteps.length },
    ),
  },
  { title: 'Funnel' },
);

export const funnelRoutes = (
  http: Http,
  { journeys, now }: { journeys: JourneyRepository; now: () => Date },
): void => {
  http.get(
    '/api/v1/analytics/funnel',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getFunnel',
        summary: 'How many users went from a view to the cart to a purchase',
        description:
          'Distinct registered users who, within the window, viewed something; who after that (or at the same ' +
          'millisecond) put something into the cart; and who after that bought something, by activity or order. ' +
          'Any products count: it need not be the same one.',
        querystring: Type.Object({ window: WindowField }, { additionalProperties: false }),
        response: tableResponses(Funnel),
      },
      ...orCsv(Funnel),
    },
    async ({ query: { window } }) => {
      const timeRange = windowUntil(window, now());
      const rows = await journeys.funnel(timeRange);
      const counts = funnelSteps.map((step) => rows.find((row) => row.step === step)?.users ?? 0);
      const first = counts[0] as number;
      return {
        window,
        from: window === 'all' ? null : timeRange.from.toISOString(),
        to: timeRange.to.toISOString(),
        items: funnelSteps.map((step, index) => {
          const users = counts[index] as number;
          return { step, users, rate: rateOf(users, counts[index - 1]), rate_of_first: rateOf(users, first) };
        }),
      };
    },
  );
};
