import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';

/** A JSON Schema as it stands in an OpenAPI 3.1 document. */
export interface Schema extends SchemaObject {
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
}

/** A value that a schema refuses: the whole of it, and the place at fault as a JSON pointer without its first slash. */
export interface WrongValue {
  value: unknown;
  at: string;
}

export const sampleId = '0198c1de-3b00-7000-8000-000000000001';

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6, formats: { uuid, 'date-time': instant } });

export const accepts = (schema: Schema, value: unknown): boolean => ajv.validate(schema, value);

/** The smallest valid value, or the first example of the schema. Throws where none of the samples fits. */
export const sampleOf = (schema: Schema): unknown => {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return example;
  if (schema.properties)
    return Object.fromEntries((schema.required ?? []).map((key) => [key, partOf(schema, key)]));
  if (schema.enum) return schema.enum[0];
  if (schema.items) return [sampleOf(schema.items)];
  const sample = samples.find((value) => accepts(schema, value));
  if (sample === undefined) throw new Error('no sample fits the schema', { cause: schema });
  return sample;
};

const partOf = (schema: Schema, key: string): unknown => sampleOf(schema.properties?.[key] ?? {});
const samples = ['sample', sampleId, 'a@example.com', 'USD', '2026-01-01T00:00:00Z', 'paid', 1, {}];

/**
 * Every way to spoil a valid value in one place; inside of arrays only when told so (a batch rejects each item by
 * itself). Throws when the value is not valid, as then more than one place would be at fault.
 */
export const wrongValues = (schema: Schema, valid: unknown, intoItems = true): WrongValue[] => {
  if (!accepts(schema, valid))
    throw new Error('the schema refuses the valid value', { cause: { schema, valid } });
  const { items, ...rest } = schema;
  const judge = intoItems ? schema : rest;
  return [
    ...[...oddValues, ...beyondLimits(schema, valid)]
      .filter((value) => !accepts(judge, value))
      .map((value) => ({ value, at: '' })),
    ...(isObject(valid) ? wrongFields(schema, valid, intoItems) : []),
    ...(Array.isArray(valid) && items && intoItems
      ? wrongValues(items, valid[0]).map(({ value, at }) => ({ value: [value], at: below('0', at) }))
      : []),
  ];
};

const wrongFields = (schema: Schema, valid: Record<string, unknown>, intoItems: boolean): WrongValue[] => [
  ...(schema.required ?? []).map((key) => {
    const { [key]: _, ...rest } = valid;
    return { value: rest, at: key };
  }),
  ...(schema.additionalProperties === false ? unknownKeys : []).map((key) => ({
    value: { ...valid, [key]: 1 },
    at: key.replace('~', '~0').replace('/', '~1'),
  })),
  ...Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
    wrongValues(part, valid[key] ?? sampleOf(part), intoItems).map(({ value, at }) => ({
      value: { ...valid, [key]: value },
      at: below(key, at),
    })),
  ),
];

const unknownKeys = ['unknown_field', 'a/b~c', 'toString'];

/** Of every type, and texts of every shape; a schema that accepts one of them is not tried with it. */
const oddValues: readonly unknown[] = [
  ...[null, true, 5, -1, 0.5, 1e-9, 1e300, [], {}, [null], [[]]],
  ...['', ' ', ' x', 'x ', 'a b', 'x\n', 'a\u0000b', 'x'.repeat(20_000), `urn:uuid:${sampleId}`],
  ...'5 ümlaut UPPER a@ @b.c a@b a@b..c yesterday 2026-01-01 2026-01-01T00:00:00'.split(' '),
];

const beyondLimits = (
  { minimum, maximum, maxLength, maxItems, minItems, uniqueItems, anyOf = [] }: Schema,
  valid: unknown,
): unknown[] => [
  ...(minimum === undefined ? [] : [minimum - 1]),
  ...(maximum === undefined ? [] : [maximum + 1]),
  ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
  ...(Array.isArray(valid)
    ? [maxItems && maxItems + 1, minItems && minItems - 1, uniqueItems && 2]
        .filter((count) => typeof count === 'number')
        .map((count) => Array(count).fill(valid[0]))
    : []),
  ...anyOf.flatMap((one) => beyondLimits(one, valid)),
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (key: string, at: string): string => (at === '' ? key : `${key}/${at}`);
