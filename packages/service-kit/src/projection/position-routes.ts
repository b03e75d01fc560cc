import { type Static, Type } from '@souk/contracts/typebox.ts';
import { operators } from '../access/access.ts';
import { time } from '../http/fields.ts';
import type { Http } from '../http/http.ts';
import type { Database } from '../postgres/database.ts';
import { problem, problems } from '../problem.ts';

const tags = ['operations'];
const number = (description: string) => Type.String({ description });

const Positions = Type.Object({
  generation: Type.Integer({ description: 'how often the tables have been rebuilt, and once' }),
  items: Type.Array(
    Type.Object({
      source: Type.String(),
      topic: Type.String(),
      partition: Type.Integer(),
      last_sequence: number('of the last event applied; every one up to it has been applied or refused'),
      seen_sequence: number(
        'the highest one before the tables were last cleared: up to it events are read again',
      ),
      next_offset: Type.Union([Type.Integer(), Type.Null()], {
        description: 'behind the last message dealt with',
      }),
      newest_time: Type.Union([time(), Type.Null()], { description: 'of the newest event applied' }),
      updated_at: time({ description: 'when the position was last moved' }),
    }),
  ),
});

const DeadLetter = Type.Object({
  id: Type.String(),
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.Integer(),
  error_class: Type.String(),
  refused_at: time(),
  resolved_at: Type.Union([time(), Type.Null()], { description: 'when it was applied after all' }),
});

/** For operators of a service that consumes: how far it has applied its topics, and what it has refused of events. */
export const positionRoutes = (http: Http, db: Database): void => {
  http.get(
    '/api/v1/positions',
    {
      config: { access: operators },
      schema: {
        tags,
        operationId: 'listPositions',
        summary: 'How far the topics of events have been applied, per partition',
        response: { 200: Positions },
      },
    },
    async () => readPositions(db),
  );
  http.get(
    '/api/v1/dead-letters/:id',
    {
      config: { access: operators },
      schema: {
        tags,
        operationId: 'getDeadLetter',
        summary: 'What became of an event that this service refused',
        params: Type.Object({ id: Type.String({ pattern: '^[!-~]{1,200}$' }) }),
        response: { 200: DeadLetter, ...problems(404) },
      },
    },
    async ({ params: { id } }) => {
      const found = await readDeadLetter(db, id);
      if (!found)
        throw problem(404, 'dead_letter_not_found', 'this service has refused no event with this id');
      return found;
    },
  );
};

const readPositions = (db: Database) =>
  db.getAll('list_positions', async (sql) => {
    const rows = await sql<PositionRow[]>`
      select (select generation from projection_generation) as generation, source, topic, partition,
        last_sequence::text as last_sequence, seen_sequence::text as seen_sequence, next_offset, newest_time, updated_at
      from (select) as one left join consumer_positions on true order by topic, source, partition`;
    const items = rows.flatMap(({ generation: _, ...row }) =>
      row.topic === null ? [] : [shownPosition(row)],
    );
    return { generation: rows[0]?.generation ?? 1, items };
  });

type Shown = Static<typeof Positions>['items'][number];
type PositionRow = Omit<Shown, 'newest_time' | 'updated_at'> & {
  generation: number;
  newest_time: Date | null;
  updated_at: Date;
};

const shownPosition = ({ newest_time, updated_at, ...row }: Omit<PositionRow, 'generation'>) => ({
  ...row,
  newest_time: newest_time?.toISOString() ?? null,
  updated_at: updated_at.toISOString(),
});

const readDeadLetter = (db: Database, id: string) =>
  db.get('dead_letter', async (sql) => {
    const [row] = await sql<DeadLetterRow[]>`
      select id, topic, partition, "offset", error_class, refused_at, resolved_at from dead_letters where id = ${id}`;
    return (
      row && {
        ...row,
        refused_at: row.refused_at.toISOString(),
        resolved_at: row.resolved_at?.toISOString() ?? null,
      }
    );
  });

type DeadLetterRow = Omit<Static<typeof DeadLetter>, 'refused_at' | 'resolved_at'> & {
  refused_at: Date;
  resolved_at: Date | null;
};
