import { kafkaTopics } from '@souk/contracts/topics.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { boundsOf, readRanges } from '@souk/service-kit/kafka/log-reader.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import Type from 'typebox';
import { authorizationOf, maySeePersonal, operator } from '../access.ts';
import type { DeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import type { LogSession } from '../kafka/log-session.ts';
import { type MessageRow, messageRow } from '../kafka/shown-message.ts';
import type { MeshCalls } from '../mesh-calls.ts';
import type { Sessions } from '../sessions.ts';
import { eventLife } from './event-life.ts';
import { matcher, searchLogs } from './search-logs.ts';
import { createStreams, waitingBytesMax } from './streams.ts';
import type { Tail } from './tail.ts';

interface EventRouteParts {
  logs: LogSession;
  searches: LogSession;
  tail: Tail;
  watch: DeadLetterWatch;
  calls: MeshCalls;
  sessions: Sessions;
}

const tags = ['events'];
const names = kafkaTopics.map(({ name }) => name);
/** Rows are sent together so often; one who cannot take them misses some, and is told how many. */
const sendEveryMs = 250;
const waitingRowsMax = 1_000;
const aliveEveryMs = 15_000;

const topic = Type.Optional(Type.Enum(names));
const text = Type.String({ minLength: 1, maxLength: 200 });

/** Events and every other message: found in the logs, followed as they come, and the whole life of one. */
export const eventRoutes = (http: Http, parts: EventRouteParts): void => {
  const { logs, searches, tail, watch, calls, sessions } = parts;
  const streams = createStreams(http, sessions);

  http.get(
    '/api/topics',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'listTopics',
        summary: 'The topics of the contracts, and the side topics of their consumers',
        response: { 200: Type.Object({ items: Type.Array(Type.String()) }) },
      },
    },
    async () => ({ items: names }),
  );
  http.get(
    '/api/events/search',
    {
      config: operator,
      exposeHeadRoute: false,
      schema: {
        tags,
        operationId: 'searchEvents',
        summary: 'Messages of the logs, newest first, one JSON line each, between lines of progress',
        querystring: Type.Object({
          q: text,
          by: Type.Enum(['key', 'id', 'mention'], { default: 'mention' }),
          topic,
        }),
        produces: ['application/x-ndjson'],
        response: { 200: Type.Any(), ...problems(503) },
      },
    },
    async (request, reply) => {
      const { q, by, topic: only } = request.query;
      const [body, signal] = streams.open(request, reply, 'application/x-ndjson');
      const isShown = maySeePersonal(request);
      const line = (value: object) => void (body.destroyed || body.write(`${JSON.stringify(value)}\n`));
      const wanted = { text: q, by, topics: only ? [only] : names };
      searchLogs(
        searches,
        wanted,
        {
          // What a viewer may not see cannot be searched for either.
          found: (record) => {
            const row = messageRow(record, isShown);
            const isSeen = !row.is_masked || by !== 'mention' || isVisible(row, q);
            if (isSeen) line({ row });
            return isSeen;
          },
          progress: (progress) => line({ progress }),
        },
        signal,
      )
        .catch((error: Error & { code?: string }) => {
          request.log.warn({ err: error }, 'a search failed');
          line({
            failure: error.code === 'kafka_unreachable' ? error.message : 'the logs could not be read',
          });
        })
        .finally(() => body.end());
      return reply.send(body);
    },
  );
  http.get(
    '/api/events/tail',
    {
      config: operator,
      exposeHeadRoute: false,
      schema: {
        tags,
        operationId: 'tailEvents',
        summary: 'Messages as they come, as server-sent events: `rows`, `missed`, `state`',
        querystring: Type.Object({
          topic,
          type: Type.Optional(text),
          key: Type.Optional(text),
          q: Type.Optional(text),
        }),
        produces: ['text/event-stream'],
        response: { 200: Type.Any(), ...problems(503) },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const [body, signal] = streams.open(request, reply, 'text/event-stream; charset=utf-8');
      const isShown = maySeePersonal(request);
      const fits = filterOf(query);
      let rows: MessageRow[] = [];
      let missed = 0;
      const send = (event: string, data: unknown) =>
        void (body.destroyed || body.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      const timer = setInterval(() => {
        if (rows.length === 0 && missed === 0) return;
        if (body.writableLength + body.readableLength > waitingBytesMax) {
          missed += rows.length;
          rows = [];
          return;
        }
        if (rows.length > 0) send('rows', rows);
        if (missed > 0) send('missed', { count: missed });
        rows = [];
        missed = 0;
      }, sendEveryMs);
      const alive = setInterval(() => void (body.destroyed || body.write(':\n\n')), aliveEveryMs);
      const unlisten = tail.listen({
        message: (record) => {
          if (!fits(record)) return;
          const row = messageRow(record, isShown);
          if (row.is_masked && query.q !== undefined && !isVisible(row, query.q)) return;
          if (rows.length >= waitingRowsMax) missed += 1;
          else rows.push(row);
        },
        state: (state) => send('state', { state }),
      });
      const end = () => {
        clearInterval(timer);
        clearInterval(alive);
        unlisten();
        body.end();
      };
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
      send('state', { state: 'connecting' });
      return reply.send(body);
    },
  );
  http.get(
    '/api/events/one',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'getEventLife',
        summary: 'One message and its whole life: outbox, topic, every consumer, dead letters',
        querystring: Type.Object({
          topic: Type.Enum(names),
          partition: Type.Integer({ minimum: 0, maximum: 10_000 }),
          offset: Type.Integer({ minimum: 0 }),
        }),
        response: {
          200: Type.Unsafe<Awaited<ReturnType<typeof eventLife>>>(Type.Object({})),
          ...problems(404, 503),
        },
      },
    },
    async (request) => {
      const [record, headers, deadLetters] = await Promise.all([
        readOne(logs, request.query),
        authorizationOf(request, sessions),
        watch.all(),
      ]);
      if (!record) throw problem(404, 'message_not_found', 'Kafka does not have this message any more');
      return eventLife(record, { calls, headers, deadLetters, maySeePersonal: maySeePersonal(request) });
    },
  );
};

interface Place {
  topic: string;
  partition: number;
  offset: number;
}

const readOne = async (logs: LogSession, { topic, partition, offset }: Place) => {
  let found: ReceivedMessage | undefined;
  await logs.use(async (consumer, metadata) => {
    const ranges = await boundsOf(consumer, metadata, (name) => name === topic);
    const range = ranges.find((one) => one.partition === partition && offset >= one.from && offset < one.to);
    if (!range) return;
    await readRanges(consumer, [{ ...range, from: offset, to: offset + 1 }], (record) => {
      found = record;
    });
    consumer.unassign();
  });
  return found;
};

const filterOf = ({
  topic: only,
  type,
  key,
  q,
}: {
  topic?: string;
  type?: string;
  key?: string;
  q?: string;
}): ((record: ReceivedMessage) => boolean) => {
  const mentions = q === undefined ? undefined : matcher(q, 'mention');
  return (record) =>
    (only === undefined || record.topic === only) &&
    (type === undefined || record.headers.ce_type?.toString() === type) &&
    (key === undefined || record.key?.toString() === key) &&
    (mentions?.(record) ?? true);
};

const isVisible = ({ key, id, type, text }: MessageRow, wanted: string): boolean =>
  text.includes(wanted) || id === wanted || [key, type].some((one) => one?.includes(wanted));
