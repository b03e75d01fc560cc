import { decodeCursor } from '@souk/service-kit/http/cursor.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cutPage, pagingFields } from '@souk/service-kit/http/paging.ts';
import { type FieldError, problem, problems } from '@souk/service-kit/problem.ts';
import Type from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { userNotFound } from '../accounts/account.ts';
import { Identifier } from '../identifier.ts';
import { instantMsMax, instantRange, readInstant } from '../instant.ts';
import { eventConflict, eventNotFound, readActivity } from './activity.ts';
import type { activityRepository, Outcome } from './activity-repository.ts';
import { ActivityType, Event, NewEvent, view } from './activity-schemas.ts';

const tags = ['events'];
const Params = Type.Object({ id: Identifier() });
/** The time in milliseconds, and the id. */
const Position = Type.Tuple([Type.Integer({ minimum: 0, maximum: instantMsMax }), Identifier()]);

const Events = Type.Object({
  items: Type.Array(Event),
  limit: Type.Integer(),
  next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
});

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
    async ({ body }, reply) => {
      const read = readActivity(body, {
        now: new Date(),
        id: uuidv7(),
        eventId: uuidv7(),
      });
      if ('errors' in read) throw invalid('body', read.errors);
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
      schema: {
        tags,
        operationId: 'getEvent',
        summary: 'Read an event',
        params: Params,
        response: { 200: Event, ...problems(404) },
      },
    },
    async ({ params }) => {
      const activity = await activities.find(params.id);
      if (!activity) throw eventNotFound();
      return view(activity);
    },
  );
};

const listRoute = (http: Http, activities: Activities): void => {
  http.get(
    '/api/v1/events',
    {
      schema: {
        tags,
        operationId: 'listEvents',
        summary: 'List events, newest first',
        querystring: Type.Object(
          {
            user_id: Type.Optional(Identifier()),
            type: Type.Optional(ActivityType),
            from: Type.Optional(Type.String({ format: 'date-time', description: 'at this time or later' })),
            to: Type.Optional(Type.String({ format: 'date-time', description: 'before this time' })),
            limit: pagingFields.limit,
            cursor: pagingFields.cursor,
          },
          { additionalProperties: false },
        ),
        response: { 200: Events },
      },
    },
    async ({ query: { user_id, type, limit, cursor, ...times } }) => {
      const after = cursor === undefined ? undefined : decodeCursor(Position, cursor);
      const rows = await activities.list({
        userId: user_id,
        type,
        limit,
        ...readRange(times),
        after: after && [new Date(after[0]), after[1]],
      });
      const { items, next_cursor } = cutPage(rows, limit, ({ occurredAt, id }) => [occurredAt.getTime(), id]);
      return { items: items.map(view), limit, next_cursor };
    },
  );
};

const readRange = (given: { from?: string; to?: string }): { from?: Date; to?: Date } => {
  const range: { from?: Date; to?: Date } = {};
  const errors: FieldError[] = [];
  for (const field of ['from', 'to'] as const) {
    const text = given[field];
    const time = text === undefined ? undefined : readInstant(text);
    if (time) range[field] = time;
    else if (text !== undefined) errors.push({ field, message: instantRange });
  }
  if (errors.length > 0) throw invalid('query', errors);
  return range;
};

const invalid = (part: string, errors: FieldError[]) =>
  problem(400, 'invalid_request', `the ${part} is not valid`, { errors });
