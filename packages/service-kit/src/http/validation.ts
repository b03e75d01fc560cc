import type { Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { isExactMultiple } from './exact-multiple.ts';

type Schemas = Record<string, unknown>;

/**
 * Two validators. A body is taken as it is: "5" is no number, an unknown field is an error where the schema
 * says `additionalProperties: false`. Query, path and headers are text, so they are converted to the schema's
 * types. Both report every fault, fill in defaults and take `multipleOf` as exact decimal arithmetic.
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
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (step: number) => {
      const validate: { (value: number): boolean; errors?: object[] } = (value) => {
        if (isExactMultiple(value, step)) return true;
        validate.errors = [{ keyword: 'multipleOf', params: { multipleOf: step } }];
        return false;
      };
      return validate;
    },
  });
  for (const schema of Object.values(shared)) ajv.addSchema(schema as object);
  return ajv;
};
