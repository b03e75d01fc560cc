/** A request that must be refused, and how. `$user`, `$product` and `$event` stand for ids that exist. */
export interface BadRequest {
  why: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
  status: number;
  code: string;
  /** The fields that the answer must name, no more and no less; undefined where no field is at fault. */
  fields: readonly string[] | undefined;
  /** Instead of `fields`: every field that the answer names is this one or a part of it, and there is one. */
  within?: string;
}

interface Given {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, as JSON unless the headers say otherwise. */
  text?: string | Buffer;
  headers?: Record<string, string>;
}

/** `line` is such as 'POST /api/v1/users'. */
export const bad = (
  why: string,
  line: string,
  { json, text, headers = {} }: Given,
  status: number,
  code: string,
  fields?: readonly string[],
): BadRequest => {
  const [method = '', path = ''] = line.split(' ', 2);
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return { why, method, path, headers: { ...type, ...headers }, body, status, code, fields };
};

/** The most frequent refusal: 400 `invalid_request` that names these fields. */
export const invalid = (why: string, line: string, given: Given, ...fields: string[]): BadRequest =>
  bad(why, line, given, 400, 'invalid_request', fields);

export const unknownId = '0198c1de-3b00-7000-8000-00000000dead';

/** An array in an array in an array …, as JSON. */
export const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
