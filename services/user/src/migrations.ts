import type { Logger } from '@souk/service-kit/log.ts';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import { outboxMigrations } from '@souk/service-kit/outbox/migrations.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';

const userMigrations = new URL('../migrations/', import.meta.url);

/** Brings the schema of this service up to date. */
export const migrateUsers = (parts: { db: Database; log: Logger; metrics: Metrics }): Promise<void> =>
  migrate(parts.db, [outboxMigrations, userMigrations], parts.log, parts.metrics);
