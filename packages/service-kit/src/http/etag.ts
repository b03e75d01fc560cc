import { Type } from '@souk/contracts/typebox.ts';
import { problem } from '../problem.ts';

/** The strong ETag of an entity: its version. */
export const etag = (version: number): string => `"${version}"`;

/** The header schema of a guarded update. */
export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 100,
      pattern: '^(\\*|[0-9]{1,15}|(W/)?"[^"]*")$',
      description: 'the ETag of the version to change, such as `"3"`; 412 when it is another',
    }),
  ),
});

/**
 * The version that an If-Match of the schema above asks for; undefined without the header and for `*`. Throws a 412
 * problem for an ETag that no version has (a weak one is never equal: RFC 9110, 8.8.3.2).
 */
export const expectedVersion = (ifMatch: string | undefined): number | undefined => {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const version = /^("?)(\d{1,15})\1$/.exec(ifMatch)?.[2];
  if (version === undefined) throw versionMismatch();
  return Number(version);
};

/** The 412 problem `version_mismatch`; `current` is the version the entity has now. */
export const versionMismatch = (current?: number) =>
  problem(412, 'version_mismatch', 'the entity has another version than If-Match asks for', {
    ...(current === undefined ? {} : { headers: { etag: etag(current) } }),
  });
