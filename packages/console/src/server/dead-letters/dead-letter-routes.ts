import { contractFaults } from '@souk/contracts/contract-faults.ts';
import { isServiceName } from '@souk/contracts/services.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import type { FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import { isProblem, problem, problems } from '@souk/service-kit/problem.ts';
import { admin, authorizationOf, maySeePersonal, operator, subjectOf } from '../access.ts';
import type { MeshCalls } from '../mesh-calls.ts';
import type { Sessions } from '../sessions.ts';
import { faultsOf, messageOf, readDetail } from './dead-letter-detail.ts';
import { listDeadLetters } from './dead-letter-list.ts';
import type { DeadLetterWatch, KnownDeadLetter } from './dead-letter-watch.ts';
import { notFound, type Resolving, stepMax } from './resolve.ts';

interface DeadLetterRouteParts {
  brokers: KafkaAddress;
  watch: DeadLetterWatch;
  resolving: Resolving;
  calls: MeshCalls;
  sessions: Sessions;
}

const tags = ['dead letters'];
const listMax = 1_000;
const text = (maxLength = 300) => Type.String({ minLength: 1, maxLength });
const named = { topic: text(), group: text(), id: text() };
const Items = Type.Array(Type.Object({ ...named, replays: Type.Integer({ minimum: 0 }) }), {
  minItems: 1,
  maxItems: stepMax,
});
const Filter = Type.Object({
  topic: Type.Optional(text()),
  group: Type.Optional(text()),
  reason: Type.Optional(text()),
  after: Type.Optional(text(4_000)),
});
const Selection = Type.Union([
  Type.Object({ items: Items }, { additionalProperties: false }),
  Type.Object({ filter: Filter }, { additionalProperties: false }),
]);
const Done = Type.Unsafe<Awaited<ReturnType<Resolving['replay']>>>(Type.Object({ done: Type.Integer() }));

/** Dead letters: which there are, what is in them, and what is done with them. */
export const deadLetterRoutes = (http: Http, parts: DeadLetterRouteParts): void => {
  const { brokers, watch, resolving } = parts;
  const find = async ({ topic, group, id }: { topic: string; group: string; id: string }) => {
    const found = (await watch.all()).find(
      (one) => one.topic === topic && one.group === group && one.id === id,
    );
    if (!found) throw notFound();
    return found;
  };
  http.get(
    '/api/dead-letters',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'listDeadLetters',
        summary: 'What consumers refused, counted and one by one',
        querystring: Type.Object({
          topic: Type.Optional(text()),
          group: Type.Optional(text()),
          reason: Type.Optional(text()),
          state: Type.Enum(['pending', 'replayed', 'discarded'], { default: 'pending' }),
          limit: Type.Integer({ minimum: 1, maximum: listMax, default: 200 }),
        }),
        response: { 200: Type.Unsafe<ReturnType<typeof listDeadLetters>>(Type.Object({})), ...problems(503) },
      },
    },
    async ({ query }) => listDeadLetters(await watch.all(), watch.leftOut(), query),
  );
  http.get(
    '/api/dead-letters/one',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'getDeadLetter',
        summary: 'One dead letter: its document, what is wrong with it, and what became of it',
        querystring: Type.Object(named),
        response: { 200: Type.Unsafe<object>(Type.Object({})), ...problems(404, 503) },
      },
    },
    async (request) => {
      const found = await find(request.query);
      const [detail, outcome] = await Promise.all([
        readDetail(brokers, found, maySeePersonal(request)),
        outcomeOf(parts, request, found),
      ]);
      if (!detail) throw notFound();
      return { ...detail, outcome };
    },
  );
  http.post(
    '/api/dead-letters/check',
    {
      config: admin,
      schema: {
        tags,
        operationId: 'checkDocument',
        summary: 'What the contract has against a corrected document',
        body: Type.Object({ ...named, document: Type.String() }),
        response: {
          200: Type.Object({
            faults: Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
          }),
          ...problems(404, 503),
        },
      },
    },
    async ({ body }) => {
      const found = await find(body);
      const message = await messageOf(brokers, found);
      if (!message) throw notFound();
      return { faults: faultsOf(contractFaults(found.topic, { ...message, value: body.document })) };
    },
  );
  http.post(
    '/api/dead-letters/replay',
    {
      config: admin,
      schema: {
        tags,
        operationId: 'replayDeadLetters',
        summary: 'Send dead letters again, one of them corrected if need be',
        body: Type.Object({
          selection: Selection,
          document: Type.Optional(Type.String()),
          unchecked: Type.Optional(Type.Boolean()),
        }),
        response: { 200: Done, ...problems(400, 404, 409, 503) },
      },
    },
    async (request) => {
      const { selection, ...corrected } = request.body;
      if (corrected.document !== undefined && !('items' in selection && selection.items.length === 1))
        throw problem(400, 'several_dead_letters', 'a corrected document is for one dead letter');
      return resolving.replay(subjectOf(request), selection, corrected);
    },
  );
  for (const [what, summary] of [
    ['discard', 'Discard dead letters: they are not pending any more'],
    ['restore', 'Undo the discarding of dead letters'],
  ] as const)
    http.post(
      `/api/dead-letters/${what}`,
      {
        config: admin,
        schema: {
          tags,
          operationId: `${what}DeadLetters`,
          summary,
          body: Type.Object({ selection: Selection }),
          response: { 200: Done, ...problems(404, 409, 503) },
        },
      },
      async (request) => resolving[what](subjectOf(request), request.body.selection),
    );
};

/** What the service that refused an event says became of it; null where it knows nothing, as of documents. */
const outcomeOf = async (
  { calls, sessions }: DeadLetterRouteParts,
  request: FastifyRequest,
  { group, id }: KnownDeadLetter,
): Promise<{ refused_at: string; resolved_at: string | null } | null> => {
  if (!isServiceName(group)) return null;
  try {
    const headers = await authorizationOf(request, sessions);
    const path = `/api/v1/dead-letters/${encodeURIComponent(id)}`;
    return (await calls.json(group, 'GET', path, { headers })) as never;
  } catch (error) {
    if (isProblem(error)) return null;
    throw error;
  }
};
