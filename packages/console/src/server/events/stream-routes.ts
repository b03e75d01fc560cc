import { kafkaTopics } from '@souk/contracts/topics.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { maySeePersonal, operator } from '../access.ts';
import type { LogSession } from '../kafka/log-session.ts';
import { type MessageRow, messageRow } from '../kafka/shown-message.ts';
import { matcher, searchLogs } from './search-logs.ts';
import { type Streams, waitingBytesMax } from './streams.ts';
import type { Tail } from './tail.ts';

const tags = ['events'];
const names = kafkaTopics.map(({ name }) => name);
/** Rows are sent together so often; one who cannot take them misses some, and is told how many. */
const sendEveryMs = 250;
const waitingRowsMax = 1_000;
const aliveEveryMs = 15_000;

const topic = Type.Optional(Type.Enum(names));
const text = Type.String({ minLength: 1, maxLength: 200 });

/** Messages of the logs that fit a question, as they are found. */
export const searchRoute = (http: Http, searches: LogSession, streams: Streams): void => {
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
        response: { 200: Type.Unknown(), ...problems(503) },
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
};

/** Messages as they come. */
export const tailRoute = (http: Http, tail: Tail, streams: Streams): void => {
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
        response: { 200: Type.Unknown(), ...problems(503) },
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
};

interface TailQuery {
  topic?: string;
  type?: string;
  key?: string;
  q?: string;
}

const filterOf = ({ topic: only, type, key, q }: TailQuery): ((record: ReceivedMessage) => boolean) => {
  const mentions = q === undefined ? undefined : matcher(q, 'mention');
  return (record) =>
    (only === undefined || record.topic === only) &&
    (type === undefined || record.headers.ce_type?.toString() === type) &&
    (key === undefined || record.key?.toString() === key) &&
    (mentions?.(record) ?? true);
};

const isVisible = ({ key, id, type, text }: MessageRow, wanted: string): boolean =>
  text.includes(wanted) || id === wanted || [key, type].some((one) => one?.includes(wanted));
