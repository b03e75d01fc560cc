import { areUnique } from '@souk/contracts/json/unique-items.ts';
import type { TSchema } from '@souk/contracts/typebox.ts';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { FastifySchemaCompiler } from 'fastify';
import { isExactMultiple } from './exact-multiple.ts';

type Schemas = Record<string, unknown>;

/**
 * A body is taken as it is: "5" is no number, an unknown field is an error where the schema says
 * `additionalProperties: false`. Query, path and headers are text, so they are converted to the schema's types.
 * Every fault is reported, defaults are filled in, `multipleOf` is exact decimal arithmetic, and equal items are found
 * in time linear in their size, where Ajv compares each with each.
 */
export const validatorCompiler = (shared: Schemas): FastifySchemaCompiler<TSchema> => {
  const ajv = createAjv(shared, {});
  return ({ schema, httpPart }) => {
    const readers = httpPart === 'body' ? [] : textReadersOf(schema);
    // At the first request that needs it: all of them were a sixth of the processor time of a start.
    let compiled: ValidateFunction | undefined;
    const validator = (part: unknown): boolean => {
      compiled ??= ajv.compile(schema);
      const fields = part as Record<string, unknown>;
      for (const [name, read] of readers) {
        const text = fields[name];
        if (typeof text === 'string') fields[name] = read(text);
      }
      const valid = compiled(part);
      validator.errors = compiled.errors ?? null;
      return valid;
    };
    validator.errors = null as ErrorObject[] | null;
    return validator;
  };
};

/** Compiles response schemas for tests: nothing is converted or filled in. */
export const responseValidator = (shared: Schemas): ((schema: TSchema) => ValidateFunction) => {
  const ajv = createAjv(shared, { useDefaults: false });
  return (schema) => ajv.compile(schema);
};

/**
 * What converts the numbers and booleans among a part's fields: a number as JSON writes it, an integer as digits. Ajv's
 * own conversion takes what JavaScript takes for a number: 0x10, a space before it.
 */
const textReadersOf = (schema: TSchema) => {
  const { properties = {} } = schema as { properties?: Record<string, { type?: unknown }> };
  return Object.entries(properties).flatMap(([name, { type }]) => {
    const read = textReaders[String(type)];
    return read ? [[name, read] as const] : [];
  });
};

/** By type; a text that is none of the type stays a text. */
const textReaders: Record<string, (text: string) => unknown> = {
  integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : text),
  number: (text) => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
};

const createAjv = (shared: Schemas, options: Options): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    removeAdditional: false,
    strictTypes: false,
    strictTuples: false,
    // Compiling the schema of schemas is a sixth of a service's start. A test looks whether ours are valid.
    ...{ meta: false, validateSchema: false },
    ...options,
  });
  formats.default(ajv);
  ajv.addFormat('date-time', { type: 'string', validate: isDateTime });
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
    (wanted: boolean) => (items: unknown[]) => !wanted || areUnique(items),
  );
  for (const schema of Object.values(shared)) ajv.addSchema(schema as object);
  return ajv;
};

const { validate: isDateAndTime } = fullFormats['date-time'] as { validate(text: string): boolean };

/** RFC 3339; the library also takes white space of any kind between date and time. */
const isDateTime = (text: string): boolean => /^\S*$/.test(text) && isDateAndTime(text);

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
