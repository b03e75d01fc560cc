import { Type } from '@souk/contracts/typebox.ts';
import { orCsv, tableResponses } from '@souk/service-kit/http/csv.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { analysts } from '../access.ts';
import type { Calendar } from './calendar.ts';
import type { EventRepository } from './event-repository.ts';
import { CountsByType, EventsTotal, SeriesHead, seriesHead, seriesQuery, Time, tags } from './fields.ts';
import { seriesGranularities } from './series.ts';

const EventSeries = Type.Object(
  {
    ...SeriesHead(seriesGranularities),
    items: Type.Array(Type.Object({ bucket: Time, events: CountsByType, events_total: EventsTotal }), {
      description:
        'every bucket, also the empty ones; in a series of more than 100 buckets, or of days, fewer types are told ' +
        'apart, and in one of more than 100 days those that are the most frequent ones of all time',
    }),
  },
  { title: 'EventSeries' },
);

export const eventRoutes = (
  http: Http,
  { events, calendar, now }: { events: EventRepository; calendar: Calendar; now: () => Date },
): void => {
  http.get(
    '/api/v1/analytics/events',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getEventSeries',
        summary: 'Activity by type over time',
        querystring: seriesQuery(seriesGranularities, 'hour'),
        response: tableResponses(EventSeries),
      },
      ...orCsv(EventSeries),
    },
    async ({ query }) => {
      const asked = await calendar.series(query, now());
      return { ...seriesHead(asked), items: await events.series(asked) };
    },
  );
};
