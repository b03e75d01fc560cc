/** The folder of the consumer positions' schema, for `migrate`. */
export const projectionMigrations = new URL('../../migrations/projection/', import.meta.url);
