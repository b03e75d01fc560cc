import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { orCsv, tableResponses } from '@souk/service-kit/http/csv.ts';
import { IdParams, uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { invalidRequest, problems } from '@souk/service-kit/problem.ts';
import { analysts, userNotFound, userReaders } from '../access.ts';
import { column, placesIn } from './bucket-in.ts';
import type { Calendar } from './calendar.ts';
import { Count, Name, OwnCurrency, SeriesHead, seriesHead, seriesQuery, Time, tags } from './fields.ts';
import { RevenueFigures, revenueFigures } from './revenue.ts';
import { typesMax } from './summary-repository.ts';
import { timeTexts } from './time-texts.ts';
import { activeGranularities, favouritesMax, type UserRepository } from './user-repository.ts';

const ActiveUsers = Type.Object(
  {
    ...SeriesHead(activeGranularities),
    items: Type.Array(Type.Object({ bucket: Time, active_users: Count }), {
      description: 'every bucket, also the empty ones',
    }),
  },
  { title: 'ActiveUsers' },
);

const Seen = (what: string) =>
  nullable(Time, { description: `${what}, by the time it happened; null without any` });

const UserFigures = Type.Object(
  {
    user_id: uuid(),
    events: Type.Record(Type.String(), Count, {
      description:
        `counts by activity type, at most the ${typesMax} most frequent ones; each line of the user's orders ` +
        'is a purchase',
    }),
    events_total: Type.Integer({ minimum: 0, description: 'activities of all types, and lines of orders' }),
    first_seen: Seen('the earliest activity or order'),
    last_seen: Seen('the latest activity or order'),
    currency: OwnCurrency,
    ...RevenueFigures,
    favourite_products: Type.Array(
      Type.Object({
        product_id: uuid(),
        name: Name,
        interactions: Type.Integer({
          minimum: 1,
          description: 'activities of any type with it, and order lines',
        }),
        purchases: Type.Integer({ minimum: 0, description: 'purchase lines' }),
      }),
      {
        maxItems: favouritesMax,
        description: 'most purchases first, then most interactions, then in the order of the ids',
      },
    ),
  },
  { title: 'UserFigures' },
);

interface Dependencies {
  users: UserRepository;
  calendar: Calendar;
  now: () => Date;
}

export const userRoutes = (http: Http, dependencies: Dependencies): void => {
  activeUsersRoute(http, dependencies);
  userRoute(http, dependencies);
};

const activeUsersRoute = (http: Http, { users, calendar, now }: Dependencies): void => {
  http.get(
    '/api/v1/analytics/users/active',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getActiveUsers',
        summary: 'Distinct active users per bucket',
        description:
          'Active is who did or ordered anything, by the time of it. Days, ISO weeks (from Monday) and months ' +
          'of the zone of the shop. Users that have been deleted since are not counted, nor are customers who never registered.',
        querystring: seriesQuery(
          activeGranularities,
          'day',
          '30 days (day), 12 weeks (week) or a year (month)',
        ),
        response: tableResponses(ActiveUsers),
      },
      ...orCsv(ActiveUsers),
    },
    async ({ query }) => {
      const asked = await calendar.series(query, now());
      if (!asked.isOfShop) throw invalidRequest('query', [onlyShop(asked.shopZone)]);
      const [startsMs, counts] = await users.active(asked);
      const { buckets } = asked;
      const activeUsers = column(buckets.length, placesIn(buckets)(startsMs), counts, 0);
      return {
        ...seriesHead(asked),
        items: timeTexts(buckets).map((bucket, place) => ({
          bucket,
          active_users: activeUsers[place] as number,
        })),
      };
    },
  );
};

const onlyShop = (zone: string) => ({
  field: 'timezone',
  message: `users are counted once a day, by the days of the shop: possible is ${zone}`,
});

const userRoute = (http: Http, { users }: Dependencies): void => {
  http.get(
    '/api/v1/analytics/users/:id',
    {
      config: { access: userReaders },
      schema: {
        tags,
        operationId: 'getUserFigures',
        summary: 'What one user did',
        params: IdParams,
        response: { 200: UserFigures, ...problems(404) },
      },
    },
    async ({ params }) => {
      const userId = params.id.toLowerCase();
      const [activity, favourites] = await Promise.all([users.activity(userId), users.favourites(userId)]);
      if (!activity) throw userNotFound();
      const { money, ...figures } = activity;
      return {
        user_id: userId,
        ...figures,
        ...revenueFigures(money, figures.currency),
        first_seen: activity.first_seen?.toISOString() ?? null,
        last_seen: activity.last_seen?.toISOString() ?? null,
        favourite_products: favourites,
      };
    },
  );
};
