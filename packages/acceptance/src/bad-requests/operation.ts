import { type BadRequest, bad } from './bad-request.ts';
import { type Schema, sampleOf } from './wrong-values.ts';

/** An operation as it stands in an OpenAPI 3.1 document. */
export interface Operation {
  operationId: string;
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, unknown>;
}

interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** The first example of the JSON body, or a small valid one; undefined where the operation takes none. */
export const validBody = ({ requestBody }: Operation): unknown => {
  const media = requestBody?.content['application/json'];
  if (!media) return undefined;
  const [first] = Object.values(media.examples ?? {});
  return media.example ?? first?.value ?? sampleOf(media.schema);
};

/** `GET /users/$user`, with an id that exists: a request taken by mistake then changes a row. What has no id is a sample. */
export const requestLine = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replace(/(\w+)s\/\{\w+\}/, (_, name) => `${name}s/$${name}`).replace(/\{\w+\}/, 'sample')}`;

/** Refused with 400 `invalid_request` that names this field or parts of it. */
export const within = (field: string, why: string, line: string, given = {}): BadRequest => ({
  ...bad(why, line, given, 400, 'invalid_request'),
  within: field,
});

/** Whether there are errors, and each is of this place or of a part of it. */
export const areWithin = (place: string, errors: readonly { field: string }[] = []): boolean =>
  errors.length > 0 &&
  errors.every(({ field }) => place === '' || field === place || field.startsWith(`${place}/`));
