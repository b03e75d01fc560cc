import { nullable } from '@souk/contracts/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import Type from 'typebox';
import { analysts } from '../access.ts';
import { Count, CountsByType, EventsTotal, Revenue, Time, tags, WindowField } from './fields.ts';
import { revenueOf } from './revenue.ts';
import type { SummaryRepository } from './summary-repository.ts';
import { windowUntil } from './window.ts';

const Summary = Type.Object(
  {
    window: WindowField,
    from: nullable(Time, { description: 'null for the window all, which has no beginning' }),
    to: Time,
    users: Type.Integer({ minimum: 0, description: 'registered now, whatever the window' }),
    products: Type.Integer({ minimum: 0, description: 'in the catalogue now, whatever the window' }),
    events: CountsByType,
    events_total: EventsTotal,
    purchases: Type.Integer({ minimum: 0, description: 'purchase lines' }),
    units: Type.Integer({ minimum: 0, description: 'the quantities of the purchase lines' }),
    revenue: Revenue,
    active_users: Count,
  },
  { title: 'Summary' },
);

export const summaryRoutes = (
  http: Http,
  { summaries, now }: { summaries: SummaryRepository; now: () => Date },
): void => {
  http.get(
    '/api/v1/analytics/summary',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getSummary',
        summary: 'The shop in figures',
        querystring: Type.Object({ window: WindowField }, { additionalProperties: false }),
        response: { 200: Summary },
      },
    },
    async ({ query: { window } }) => {
      const timeRange = windowUntil(window, now());
      const { revenue_minor, ...counts } = await summaries.read(timeRange);
      return {
        window,
        from: window === 'all' ? null : timeRange.from.toISOString(),
        to: timeRange.to.toISOString(),
        ...counts,
        revenue: revenueOf(revenue_minor),
      };
    },
  );
};
