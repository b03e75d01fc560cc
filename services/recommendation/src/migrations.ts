/** The folder of this service's schema, for `migrate`. */
export const migrations = new URL('../migrations/', import.meta.url);
