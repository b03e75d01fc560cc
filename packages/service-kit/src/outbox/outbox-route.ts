import { Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '../http/fields.ts';
import type { Http } from '../http/http.ts';
import type { Database } from '../postgres/database.ts';
import { problem, problems } from '../problem.ts';

const OutboxEvent = Type.Object({
  sequence: Type.String({ description: 'its number, in the order of all events of this service' }),
  id: uuid(),
  type: Type.String(),
  key: Type.String({ description: 'the id of what it is about, and its key in Kafka' }),
  time: time({ description: 'when it was written' }),
  traceparent: Type.Optional(Type.String({ description: 'of the request that wrote it, if it was traced' })),
  published: Type.Boolean({ description: 'Kafka has acknowledged it' }),
  data: Type.Unknown(),
});

/** For admins, as events say what users did: one row of the outbox of a service, as long as it is kept. */
export const outboxRoute = (http: Http, db: Database): void => {
  http.get(
    '/api/v1/outbox/:sequence',
    {
      config: { access: { roles: ['admin'] } },
      schema: {
        tags: ['operations'],
        operationId: 'getOutboxEvent',
        summary: 'One event of the outbox, by its number',
        params: Type.Object({ sequence: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) }),
        response: { 200: OutboxEvent, ...problems(404) },
      },
    },
    async ({ params: { sequence } }) => {
      const found = await readOutboxEvent(db, sequence);
      if (!found) throw problem(404, 'outbox_event_not_found', 'the outbox has no event with this number');
      const { traceparent, ...event } = found;
      return { ...event, time: event.time.toISOString(), ...(traceparent === null ? {} : { traceparent }) };
    },
  );
};

interface OutboxRow {
  sequence: string;
  id: string;
  type: string;
  key: string;
  time: Date;
  traceparent: string | null;
  published: boolean;
  data: unknown;
}

const readOutboxEvent = (db: Database, sequence: string): Promise<OutboxRow | undefined> =>
  db.get('outbox_event', async (sql) => {
    const [row] = await sql<OutboxRow[]>`
      select id::text as sequence, event_id as id, type, key, created_at as time, traceparent, data,
        id <= (select last_id from outbox_cursor) as published
      from outbox where id = ${sequence}::bigint`;
    return row;
  });
