import Type from 'typebox';

/** A UUID in any case; it is kept and answered in lower case. */
export const Identifier = (description?: string) =>
  Type.String({
    format: 'uuid',
    // The format also takes a prefix `urn:uuid:`, which Postgres does not.
    pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
    ...(description === undefined ? {} : { description }),
  });
