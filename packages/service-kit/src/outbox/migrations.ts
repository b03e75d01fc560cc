/** The folder of the outbox's schema, for `migrate`. */
export const outboxMigrations = new URL('../../migrations/outbox/', import.meta.url);
