import { outboxMigrations } from '@souk/service-kit/outbox/migrations.ts';
import { projectionMigrations } from '@souk/service-kit/projection/migrations.ts';

/** The folders of this service's schema, in their order. */
export const migrations = [
  outboxMigrations,
  projectionMigrations,
  new URL('../migrations/', import.meta.url),
];
