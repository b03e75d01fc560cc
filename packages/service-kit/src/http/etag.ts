import Type from 'typebox';
import { problem } from '../problem.ts';

/** The strong ETag of an entity: its version. */
export const etag = (version: number): string => `"${version}"`;

/** The header schema of a guarded update. */
export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 100, description: 'the ETag of the version to change; 412 when it is another' }),
  ),
});

/**
 * The version that If-Match asks for; undefined without the header and for `*`. Throws a 412 problem for an
 * ETag that no version has (a weak one is never equal: RFC 9110, 8.8.3.2), a 400 problem for no ETag at all.
 */
export const expectedVersion = (ifMatch: string | undefined): number | undefined => {
  const text = ifMatch?.trim();
  if (text === undefined || text === '*') return undefined;
  const version = /^("?)(\d{1,15})\1$/.exec(text)?.[2];
  if (version !== undefined) return Number(version);
  if (/^(W\/)?"[^"]*"$/.test(text)) throw versionMismatch();
  throw problem(400, 'invalid_request', 'the headers are not valid', {
    errors: [{ field: 'if-match', message: 'must be one ETag such as "3"' }],
  });
};

/** The 412 problem `version_mismatch`; `current` is the version the entity has now. */
export const versionMismatch = (current?: number) =>
  problem(412, 'version_mismatch', 'the entity has another version than If-Match asks for', {
    ...(current === undefined ? {} : { headers: { etag: etag(current) } }),
  });
