import { Type } from '@souk/contracts/typebox.ts';
import { orCsv, tableResponses } from '@souk/service-kit/http/csv.ts';
import { time } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { analysts } from '../access.ts';
import { bucketMs } from '../rollups/bucket.ts';
import type { Calendar } from './calendar.ts';
import { Count, Rate, rateOf, Time, tags } from './fields.ts';
import type { CohortWeeks, JourneyRepository } from './journey-repository.ts';

const weeksMax = 104;
const weekMs = 7 * bucketMs.day;

const Cohorts = Type.Object(
  {
    weeks: Count,
    from: Time,
    to: Time,
    items: Type.Array(
      Type.Object({
        cohort: time({ description: 'the week of the first activity of these users' }),
        cohort_users: Type.Integer({ minimum: 0, description: 'how many they are' }),
        week: time({ description: 'that week, or one since' }),
        weeks_later: Count,
        active_users: Type.Integer({ minimum: 0, description: 'how many of them were active in the week' }),
        rate: Rate('of the users of the cohort'),
      }),
      { description: 'every cohort, with every week from its own to the current one' },
    ),
  },
  { title: 'Cohorts' },
);

export const cohortRoutes = (
  http: Http,
  { journeys, calendar, now }: { journeys: JourneyRepository; calendar: Calendar; now: () => Date },
): void => {
  http.get(
    '/api/v1/analytics/cohorts',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'listCohorts',
        summary: 'Who comes back: retention by the week of the first activity',
        description:
          'Registered users, by the ISO week (from Monday, in the zone of the shop) of their first activity or ' +
          'order, and in which weeks they were active since. A late event may move a user to an earlier cohort.',
        querystring: Type.Object(
          {
            weeks: Type.Integer({
              minimum: 1,
              maximum: weeksMax,
              default: 12,
              description: 'how many cohorts: those of the current week and the weeks before',
            }),
          },
          { additionalProperties: false },
        ),
        response: tableResponses(Cohorts),
      },
      ...orCsv(Cohorts),
    },
    async ({ query: { weeks } }) => {
      const at = now();
      // One week more than asked for: with a clock change a week is an hour shorter or longer.
      const from = new Date(at.getTime() - weeks * weekMs).toISOString();
      const to = new Date(at.getTime() + 1).toISOString();
      const asked = await calendar.series({ granularity: 'week', from, to }, at);
      const buckets = asked.buckets.slice(-weeks);
      const timeRange = { from: buckets[0] as Date, to: asked.to };
      return {
        weeks,
        from: timeRange.from.toISOString(),
        to: timeRange.to.toISOString(),
        items: itemsOf(buckets, await journeys.cohorts(timeRange)),
      };
    },
  );
};

const itemsOf = (weeks: readonly Date[], cohorts: CohortWeeks) => {
  const starts = weeks.map((week) => ({ atMs: week.getTime(), at: week.toISOString() }));
  return starts.flatMap((cohort, index) => {
    const users = cohorts[cohort.atMs] ?? {};
    const cohortUsers = users[cohort.atMs] ?? 0;
    return starts.slice(index).map((week, weeksLater) => {
      const activeUsers = users[week.atMs] ?? 0;
      return {
        cohort: cohort.at,
        cohort_users: cohortUsers,
        week: week.at,
        weeks_later: weeksLater,
        active_users: activeUsers,
        rate: rateOf(activeUsers, cohortUsers),
      };
    });
  });
};
