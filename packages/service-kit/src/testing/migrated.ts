import type { ServiceName } from '@souk/contracts/services.ts';
import type { Logger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { silent } from './ledger.ts';
import { migratedDatabase } from './migrated-database.ts';

export interface Migrated {
  /** Of the service's own role. */
  url: string;
  db: Database;
  log: Logger;
  metrics: Metrics;
  close(): Promise<void>;
}

/** The tables of a service in a database of their own. */
export const testMigrated = async (
  service: ServiceName,
  migrations: URL[],
  { poolMax = 5, log = silent }: { poolMax?: number; log?: Logger } = {},
): Promise<Migrated> => {
  const { url, drop } = await migratedDatabase(service, migrations);
  const metrics = createMetrics(service);
  const db = openPostgres({ url, poolMax, applicationName: 'test', metrics, log });
  const close = async () => {
    await db.end();
    await drop();
  };
  return { url, db, log, metrics, close };
};
