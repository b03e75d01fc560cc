import type { Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { canonicalJson } from '../canonical-json.ts';
import { isExactMultiple } from './exact-multiple.ts';

type Schemas = Record<string, unknown>;

/**
 * Two validators. A body is taken as it is: "5" is no number, an unknown field is an error where the schema
 * says `additionalProperties: false`. Query, path and headers are text, so they are converted to the schema's
 * types. Both report every fault, fill in defaults, take `multipleOf` as exact decimal arithmetic, and find equal
 * items in time linear in their size, where Ajv compares each with each.
 */
export const validatorCompiler = (shared: Schemas): FastifySchemaCompiler<TSchema> => {
  const body = createAjv(shared, { coerceTypes: false });
  const text = createAjv(shared, { coerceTypes: true });
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema);
};

/** Compiles response schemas for tests: nothing is converted or filled in. */
export const responseValidator = (shared: Schemas): ((schema: TSchema) => ValidateFunction) => {
  const ajv = createAjv(shared, { coerceTypes: false, useDefaults: false });
  return (schema) => ajv.compile(schema);
};

const createAjv = (shared: Schemas, options: Options): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    removeAdditional: false,
    strictTypes: false,
    strictTuples: false,
    ...options,
  });
  formats.default(ajv);
  ajv.addVocabulary(['example', 'x-examples', 'x-response-description']);
  replaceKeyword(
    ajv,
    'multipleOf',
    'number',
    (step: number) => (value: number) => isExactMultiple(value, step),
  );
  replaceKeyword(
    ajv,
    'uniqueItems',
    'array',
    (wanted: boolean) => (items: unknown[]) =>
      !wanted || new Set(items.map(canonicalJson)).size === items.length,
  );
  for (const schema of Object.values(shared)) ajv.addSchema(schema as object);
  return ajv;
};

const replaceKeyword = <Wanted, Value>(
  ajv: Ajv2020,
  keyword: string,
  type: 'number' | 'array',
  compile: (wanted: Wanted) => (value: Value) => boolean,
): void => {
  ajv.removeKeyword(keyword);
  ajv.addKeyword({
    keyword,
    type,
    compile: (wanted: Wanted) => {
      const holds = compile(wanted);
      const validate: { (value: Value): boolean; errors?: object[] } = (value) => {
        if (holds(value)) return true;
        validate.errors = [{ keyword, params: { [keyword]: wanted } }];
        return false;
      };
      return validate;
    },
  });
};
