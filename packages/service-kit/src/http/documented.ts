import type { FastifySchema } from 'fastify';

type Json = Record<string, unknown>;

/**
 * The schema of a route as it is documented: a query field with a default need not be sent, and every text is
 * without U+0000, which the guard of all routes refuses.
 */
export const documented = (schema: FastifySchema): FastifySchema => {
  const { body, params, querystring } = schema ?? {};
  return {
    ...schema,
    ...(body ? { body: storable(body) } : {}),
    ...(params ? { params: storable(params) } : {}),
    ...(querystring ? { querystring: storable(withoutDefaulted(querystring as Json)) } : {}),
  };
};

const withoutDefaulted = (query: Json): Json => {
  const properties = (query.properties ?? {}) as Record<string, object>;
  const required = ((query.required ?? []) as string[]).filter(
    (name) => !('default' in (properties[name] ?? {})),
  );
  return { ...query, required };
};

const noNul = '^[^\\u0000]*$';
const values = new Set(['const', 'enum', 'default', 'example', 'examples']);

const storable = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(storable);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, values.has(key) ? value : storable(value)]),
  );
  const isFreeText =
    copy.type === 'string' && !['pattern', 'format', 'const', 'enum'].some((key) => key in copy);
  return isFreeText ? { ...copy, pattern: noNul } : copy;
};
