import type { Static, TObject } from '@souk/contracts/typebox.ts';
import { configError } from '../config/config-error.ts';
import type { projectionEnv } from '../config/env-fields.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../postgres/database.ts';
import { requireSchema } from '../postgres/migrate.ts';
import {
  type BuildBeside,
  beginBeside,
  besideGroup,
  besideSchema,
  notSentBy,
  type ProjectionSettings,
} from '../projection/beside.ts';

/** Of a service whose tables are made out of events alone. */
export interface ProjectionPart {
  env: Static<TObject<typeof projectionEnv>>;
  settings: ProjectionSettings;
}

export interface BesidePart extends BuildBeside {
  /** For the connection: the schema of the build first, and behind it the service's own, for functions and types. */
  searchPath: string;
  /** Creates the tables, unless they are there. Throws while the service's own schema is not up to date. */
  begin(db: Database, migrations: URL[]): Promise<void>;
}

/** What a process is that builds the tables beside those in use. It serves no requests, and ends after the switch. */
export const besidePart = (
  { name, databaseUrl, log }: { name: string; databaseUrl: string; log: Logger },
  { env: { BUILD_BESIDE, BUILD_BESIDE_AS_OF }, settings }: ProjectionPart,
): BesidePart | undefined => {
  if (!BUILD_BESIDE) {
    if (BUILD_BESIDE_AS_OF === undefined) return undefined;
    throw configError(['BUILD_BESIDE_AS_OF has no effect without BUILD_BESIDE=true']);
  }
  const schema = decodeURIComponent(new URL(databaseUrl).username);
  const asOf = BUILD_BESIDE_AS_OF === undefined ? undefined : new Date(BUILD_BESIDE_AS_OF);
  let db: Database | undefined;
  let generation = '';
  return {
    group: besideGroup(name),
    searchPath: `"${besideSchema(schema)}", "${schema}"`,
    asOf,
    begin: async (database, migrations) => {
      db = database;
      await requireSchema(db, migrations);
      generation = await beginBeside(db, asOf, settings);
    },
    generation: () => generation,
    // Tables as of a time are for looking at; what cannot be read is the service's to report.
    toSend: async (rejected) => (asOf || !db ? [] : notSentBy(db, schema, rejected)),
    onEnded: () => {
      log.info('the tables built beside have been switched or dropped: this process ends');
      process.kill(process.pid, 'SIGTERM');
    },
  };
};
