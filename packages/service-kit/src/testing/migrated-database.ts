import { createHash } from 'node:crypto';
import type { ServiceName } from '@souk/contracts/services.ts';
import { filledTemplate, type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import pino from 'pino';
import { createMetrics } from '../metrics.ts';
import { openPostgres } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';

/** A database in which the service's schema has these migrations: they run once in a run, and all others are copies of that one. */
export const migratedDatabase = async (service: ServiceName, migrations: URL[]): Promise<TestDatabase> => {
  const digest = createHash('sha256').update(migrations.join()).digest('hex').slice(0, 16);
  const name = `souk_${service}_${digest}`;
  const template = templates.get(name) ?? filledTemplate(name, service, fill(service, migrations));
  templates.set(name, template);
  template.catch(() => templates.delete(name));
  return testDatabase(service, await template);
};

const templates = new Map<string, Promise<string>>();

const fill = (service: ServiceName, migrations: URL[]) => async (url: string) => {
  const log = pino({ level: 'silent' });
  const metrics = createMetrics(service);
  const db = openPostgres({ url, poolMax: 1, applicationName: 'template', metrics, log });
  await migrate(db, migrations, log, metrics).finally(() => db.end());
};
