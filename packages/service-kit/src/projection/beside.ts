import type { Rejected } from '../consumer/batch.ts';
import type { Database, Sql } from '../postgres/database.ts';
import { wait } from '../service/backoff.ts';

/** What a consumer knows that builds a second set of its service's tables (migrations/projection/0009_build_beside.sql). */
export interface BuildBeside {
  /** The consumer group, besides the one of the service. */
  group: string;
  /** Later events are left out, except for erasures. */
  asOf: Date | undefined;
  /** That of the tables being built; no others ever have it. */
  generation(): string;
  /** Those that the dead-letter topic does not have. Throws a transient failure while the service may still send them. */
  toSend(rejected: readonly Rejected[]): Promise<readonly Rejected[]>;
  /** Called when the tables have been switched, or dropped. */
  onEnded(): void;
}

/** The consumer group of a build, beside the one of the service. */
export const besideGroup = (service: string): string => `${service}-beside`;

export const besideSchema = (schema: string): string => `${schema}_beside`;

/** What the tables depend on, by the names of variables. */
export type ProjectionSettings = Readonly<Record<string, string | number>>;

/** Of a configuration the settings of these names; those that are not given are left out. */
export const settingsOf = (config: object, fields: object): ProjectionSettings =>
  JSON.parse(JSON.stringify(config, Object.keys(fields)));

/** Begins a build, or goes on with one; gives the generation of its tables. Throws 55000 when another build was begun. */
export const beginBeside = async (
  db: Database,
  asOf: Date | undefined,
  settings: ProjectionSettings,
): Promise<string> => {
  const [row] = await db.save(
    'begin_beside',
    (sql) => sql<[{ generation: string }]>`
      select begin_beside(${asOf ?? null}, ${sql.json(settings)})::text as generation`,
  );
  return row.generation;
};

/** For whoever compares them with those of a build. */
export const saveSettings = async (db: Database, settings: ProjectionSettings): Promise<void> => {
  await db.save(
    'save_settings',
    (sql) => sql`
      update projection_generation set settings = ${sql.json(settings)}
      where settings is distinct from ${sql.json(settings)}`,
  );
};

/** The settings in which what is built beside differs from the service, a line for each. */
export const readOtherSettings = async (sql: Sql): Promise<string[]> => {
  const [{ schema }] = await sql<[{ schema: string }]>`select current_schema() as schema`;
  const rows = await sql<{ line: string }[]>`
    select format('%s: %s in use, %s beside', key, coalesce(own.value::text, 'none'), coalesce(other.value::text, 'none')) as line
    from jsonb_each((select settings from projection_generation)) as own
      full join jsonb_each((select settings from ${sql(`${besideSchema(schema)}.projection_generation`)})) as other using (key)
    where own.value is distinct from other.value order by key`;
  return rows.map(({ line }) => line);
};

/** How long a service may be behind the build until the build tries the batch again. */
const behindMaxMs = 1_000;
const pollMs = 20;

/**
 * Of messages that the build refuses those that the service has applied, so that nobody has sent them: it has no dead
 * letter of that id, or has applied this one when it was sent again. What the service
 * refuses it sends before its position passes it: so a message that it has not come to is waited for.
 */
export const notSentBy = async (
  db: Database,
  schema: string,
  rejected: readonly Rejected[],
): Promise<readonly Rejected[]> => {
  for (const until = performance.now() + behindMaxMs; ; await wait(pollMs)) {
    const states = await readStates(db, schema, rejected);
    if (states.every(({ isPassed }) => isPassed))
      return rejected.filter((_, index) => !states[index]?.isDeadLetter);
    if (performance.now() > until)
      throw new Error('the service has not come to a message that the build refuses, and may send it');
  }
};

const readStates = (
  db: Database,
  schema: string,
  rejected: readonly Rejected[],
): Promise<{ isPassed: boolean; isDeadLetter: boolean }[]> => {
  const column = <T>(of: (one: Rejected) => T) => rejected.map(of);
  return db.getAll(
    'dead_letters_sent',
    (sql) => sql<{ isPassed: boolean; isDeadLetter: boolean }[]>`
      select exists (
          select from ${sql(`${schema}.consumer_positions`)} as position
          where position.topic = refused.topic and position.partition = refused.partition
            and next_offset > refused."offset") as "isPassed",
        exists (
          select from ${sql(`${schema}.dead_letters`)} as sent
          where sent.id = refused.id and (resolved_at is null
            -- Refused before: retry topics come behind their topics, since their names begin with those.
            or (refused.topic, refused."offset") <= (sent.topic, sent."offset"))) as "isDeadLetter"
      from unnest(
        ${column(({ id }) => id)}::text[], ${column(({ message }) => message.topic)}::text[],
        ${column(({ message }) => message.partition)}::integer[], ${column(({ message }) => message.offset)}::bigint[]
      ) with ordinality as refused (id, topic, partition, "offset", index)
      order by index`,
  );
};

/** The build beside the role's own schema, or undefined. */
export const readBuild = async (sql: Sql): Promise<{ asOf: Date | null; isRunning: boolean } | undefined> => {
  const [{ schema, exists }] = await sql<[{ schema: string; exists: boolean }]>`
    select current_schema() as schema, to_regclass(current_schema() || '_beside.build') is not null as exists`;
  if (!exists) return undefined;
  const [build] = await sql<[{ asOf: Date | null; isRunning: boolean }]>`
    select as_of as "asOf", exists (
      select from pg_stat_activity where datname = current_database() and application_name like 'souk-%-beside'
        and usename = current_user) as "isRunning"
    from ${sql(`${besideSchema(schema)}.build`)}`;
  return build;
};

export const dropBeside = async (sql: Sql): Promise<void> => {
  await sql`select drop_beside()`;
};
