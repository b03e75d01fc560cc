import { type Static, Type } from '@souk/contracts/typebox.ts';
import type { FastifyRequest } from 'fastify';
import type { AccessRule } from '../access/access.ts';
import { orCsv, tableResponses } from '../http/csv.ts';
import { decodeCursor } from '../http/cursor.ts';
import { onEnded } from '../http/ended.ts';
import { readTimeRange, time, unixMs, uuid } from '../http/fields.ts';
import type { Http } from '../http/http.ts';
import { cursorFields, cursorList, cutPage } from '../http/paging.ts';
import type { Database } from '../postgres/database.ts';
import { actAs } from './actor.ts';
import { type AuditRow, insertRefusal, listAudit } from './audit-rows.ts';
import { actorOf } from './request-actor.ts';

const access: AccessRule = { roles: ['admin'] };
const idLengthMax = 200;
const idForm = /^[\w-]{1,64}$/;
const Position = Type.Tuple([unixMs(), uuid()]);

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: idLengthMax, description }));

const Query = Type.Object(
  {
    ...cursorFields,
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
    subject: text('only what this user or machine did'),
    action: text('only this operation'),
    object: text('only what was done to this'),
    outcome: Type.Optional(Type.Enum(['allowed', 'refused'])),
    from: Type.Optional(time()),
    to: Type.Optional(time({ description: 'not included' })),
  },
  { additionalProperties: false },
);

const Row = Type.Object({
  id: uuid(),
  at: time(),
  subject: Type.String({
    description:
      'a user or a machine’s key; `anyone` without a token; `souk` or `product` for what the command or a service does by itself',
  }),
  action: Type.String({
    description: 'the operationId of the request, or the name of what no request asked for',
  }),
  object: Type.String({ description: 'the id of what it was about' }),
  outcome: Type.Enum(['allowed', 'refused']),
  network: Type.String({ description: 'where the request came from: a /24 or /48; empty without one' }),
});
const Rows = cursorList(Row);

/**
 * Lets statements below requests that change something know who asks (`auditRows`), writes down who was refused, and
 * lists both for administrators.
 */
export const auditRoutes = (http: Http, db: Database): void => {
  http.addHook('preHandler', (request, _reply, done) => {
    if (changesNothing(request)) return done();
    actAs(actorOf(request), done);
  });
  onEnded(http, (request, reply) => {
    const wasRefused = reply.problemCode === 'forbidden' || request.isForeign;
    if (!wasRefused || changesNothing(request)) return;
    insertRefusal(db, actorOf(request), objectOf(request)).catch((error: unknown) =>
      request.log.warn({ err: error }, 'a refusal is missing in the audit'),
    );
  });
  http.get(
    '/api/v1/audit',
    {
      config: { access },
      ...orCsv(Rows),
      schema: {
        tags: ['audit'],
        operationId: 'listAudit',
        summary: 'List who did what to what, and who was refused',
        description: 'Newest first, as JSON or, by Accept, as CSV with the header x-next-cursor.',
        querystring: Query,
        response: tableResponses(Rows),
      },
    },
    async ({ query }, reply) => {
      const { limit, cursor, from, to, ...filter } = query;
      const [at, id] = cursor === undefined ? [] : decodeCursor(Position, cursor);
      const after = at === undefined || id === undefined ? undefined : { at: new Date(at), id };
      const rows = await listAudit(db, { ...filter, ...readTimeRange({ from, to }), limit, after });
      const page = cutPage(rows, limit, (row) => [row.at.getTime(), row.id]);
      if (page.next_cursor !== null) reply.header('x-next-cursor', page.next_cursor);
      return { items: page.items.map(view), limit, next_cursor: page.next_cursor };
    },
  );
};

const changesNothing = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/** What the path names; nothing where that has not the form of an id: it is not validated when a caller is refused. */
const objectOf = ({ params }: FastifyRequest): string => {
  const [id] = Object.values((params ?? {}) as Record<string, unknown>);
  return typeof id === 'string' && idForm.test(id) ? id : '';
};

const view = ({ at, ...row }: AuditRow): Static<typeof Row> => ({ ...row, at: at.toISOString() });
