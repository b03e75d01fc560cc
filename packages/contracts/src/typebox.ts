/**
 * The types of TypeBox, and those of its builders that schemas are made with here. Its own module brings an interpreter
 * of types: 300 files more, a fifth of the processor time in which a service loads, and memory.
 */
import type TypeBox from 'typebox';
import type { TRecord, TSchema, TSchemaOptions, TString } from 'typebox';

export type * from 'typebox';

/** The schema with a mark that TypeBox sees and JSON does not. */
const marked = (schema: object, mark: `~${string}`, value: unknown): object =>
  Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(schema),
      [mark]: { value, enumerable: false, configurable: true, writable: true },
    },
  );

const of = (kind: string, schema: object, options?: object): object =>
  marked({ ...schema, ...options }, '~kind', kind);
const plain = (kind: string) => (options?: object) => of(kind, { type: kind.toLowerCase() }, options);

const object = (properties: Record<string, object>, options?: object): object => {
  const required = Object.keys(properties).filter((name) => !('~optional' in (properties[name] ?? {})));
  return of('Object', { type: 'object', ...(required.length > 0 && { required }), properties }, options);
};

const builders = {
  Array: (items: object, options?: object) => of('Array', { type: 'array', items }, options),
  Boolean: plain('Boolean'),
  Enum: (values: readonly unknown[], options?: object) => of('Enum', { enum: values }, options),
  Integer: plain('Integer'),
  Literal: (value: unknown, options?: object) => of('Literal', { type: typeof value, const: value }, options),
  Null: plain('Null'),
  Number: plain('Number'),
  Object: object,
  Optional: (schema: object) => marked(schema, '~optional', true),
  Record: ({ pattern = '^.*$' }: { pattern?: string }, value: object, options?: object) =>
    of('Record', { type: 'object', patternProperties: { [pattern]: value } }, options),
  Ref: ($ref: string, options?: object) => of('Ref', { $ref }, options),
  Refine: (
    schema: { '~refine'?: object[] },
    check: (value: never) => boolean,
    error = () => 'Refine Error',
  ) => marked(schema, '~refine', [...(schema['~refine'] ?? []), { check, error }]),
  String: plain('String'),
  Tuple: (items: object[], options?: object) =>
    of('Tuple', { type: 'array', additionalItems: false, items, minItems: items.length }, options),
  Union: (anyOf: object[], options?: object) => of('Union', { anyOf }, options),
  Unknown: (options?: object) => of('Unknown', {}, options),
  Unsafe: (schema: object) => marked(schema, '~unsafe', null),
};

interface Builders extends Pick<typeof TypeBox, Exclude<keyof typeof builders, 'Record'>> {
  Record<V extends TSchema>(key: TString, value: V, options?: TSchemaOptions): TRecord<'^.*$', V>;
}

export const Type = builders as unknown as Builders;
