import { Type } from '@souk/contracts/typebox.ts';
import { forbidden } from '@souk/service-kit/access/access-problems.ts';
import { requireOwner } from '@souk/service-kit/access/enforce-access.ts';
import { decodeCursor } from '@souk/service-kit/http/cursor.ts';
import { IdParams, readTimeRange, time, unixMs, uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cursorFields, cursorList, cutPage } from '@souk/service-kit/http/paging.ts';
import { invalidRequest, problems } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import { eventWriters, readers } from '../access.ts';
import { userNotFound } from '../accounts/account.ts';
import { eventConflict, eventNotFound, readActivity } from './activity.ts';
import type { activityRepository, Outcome } from './activity-repository.ts';
import { ActivityType, Event, NewEvent, view } from './activity-schemas.ts';

const tags = ['events'];
/** The time and the id. */
const Position = Type.Tuple([unixMs(), uuid()]);

type Activities = ReturnType<typeof activityRepository>;

/** Records and reads the activity of users. */
export const activityRoutes = (http: Http, activities: Activities): void => {
  recordRoute(http, activities);
  readRoute(http, activities);
  listRoute(http, activities);
};

const recordRoute = (http: Http, activities: Activities): void => {
  http.post(
    '/api/v1/events',
    {
      config: {
        access: { ...eventWriters, own: { by: 'body.user_id', notFound: userNotFound } },
        idempotent: { personal: 'user_id' },
      },
      schema: {
        tags,
        operationId: 'recordEvent',
        summary: 'Record an activity',
        description:
          'With an `id` of its own it can be sent again: the answer is then 200 and the stored event.',
        body: NewEvent,
        response: { 200: Event, 201: Event, ...problems(404, 409) },
      },
    },
    async ({ body, restrictedTo }, reply) => {
      if (restrictedTo !== undefined && body.type === 'purchase')
        throw forbidden('a customer records no purchase');
      const read = readActivity(body, {
        now: new Date(),
        id: uuidv7(),
        eventId: uuidv7(),
      });
      if ('errors' in read) throw invalidRequest('body', read.errors);
      const [outcome] = (await activities.record([read])) as [Outcome];
      switch (outcome.outcome) {
        case 'recorded': {
          const event = view(outcome.activity);
          return reply.code(201).header('location', `/api/v1/events/${event.id}`).send(event);
        }
        case 'repeated':
          return reply.send(view(outcome.activity));
        case 'user_not_found':
          throw userNotFound();
        case 'event_conflict':
          throw eventConflict();
        default:
          throw new Error('unhandled outcome', { cause: outcome satisfies never });
      }
    },
  );
};

const readRoute = (http: Http, activities: Activities): void => {
  http.get(
    '/api/v1/events/:id',
    {
      config: { access: { ...readers, own: { by: 'entity', notFound: eventNotFound } } },
      schema: {
        tags,
        operationId: 'getEvent',
        summary: 'Read an event',
        params: IdParams,
        response: { 200: Event, ...problems(404) },
      },
    },
    async (request) => {
      const activity = await activities.find(request.params.id);
      if (!activity) throw eventNotFound();
      await requireOwner(request, () => activity.userId);
      return view(activity);
    },
  );
};

const listRoute = (http: Http, activities: Activities): void => {
  http.get(
    '/api/v1/events',
    {
      config: { access: { ...readers, own: { by: 'query.user_id', notFound: userNotFound } } },
      schema: {
        tags,
        operationId: 'listEvents',
        summary: 'List events, newest first',
        querystring: Type.Object(
          {
            user_id: Type.Optional(uuid()),
            type: Type.Optional(ActivityType),
            from: Type.Optional(time({ description: 'at this time or later' })),
            to: Type.Optional(time({ description: 'before this time' })),
            ...cursorFields,
          },
          { additionalProperties: false },
        ),
        response: { 200: cursorList(Event) },
      },
    },
    async ({ query: { user_id, type, limit, cursor, ...times } }) => {
      const after = cursor === undefined ? undefined : decodeCursor(Position, cursor);
      const rows = await activities.list({
        userId: user_id,
        type,
        limit,
        ...readTimeRange(times),
        after: after && [new Date(after[0]), after[1]],
      });
      const { items, next_cursor } = cutPage(rows, limit, ({ occurredAt, id }) => [occurredAt.getTime(), id]);
      return { items: items.map(view), limit, next_cursor };
    },
  );
};
