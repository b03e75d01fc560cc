import { kafkaTopics } from '@souk/contracts/topics.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { boundsOf } from '@souk/service-kit/kafka/log-bounds.ts';
import { readRanges } from '@souk/service-kit/kafka/log-reader.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { authorizationOf, maySeePersonal, operator } from '../access.ts';
import type { DeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import type { LogSession } from '../kafka/log-session.ts';
import type { MeshCalls } from '../mesh-calls.ts';
import type { Sessions } from '../sessions.ts';
import { type EventLife, eventLife } from './event-life.ts';
import { searchRoute, tailRoute } from './stream-routes.ts';
import { createStreams } from './streams.ts';
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

/** Events and every other message: found in the logs, followed as they come, and the whole life of one. */
export const eventRoutes = (http: Http, parts: EventRouteParts): void => {
  const { logs, searches, tail, watch, calls, sessions } = parts;
  const streams = createStreams(http, sessions);
  searchRoute(http, searches, streams);
  tailRoute(http, tail, streams);

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
          200: Type.Unsafe<EventLife>(Type.Object({})),
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
