import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { configError } from './config-error.ts';

type Environment = Record<string, string | undefined>;

/**
 * Reads the variables that `schema` names, converts them to its types and fills in its defaults. An empty
 * variable counts as an absent one; variables that the schema does not name are left alone.
 * Throws a ConfigError that names every variable at fault. Texts are never repeated in it (a URL may hold a
 * password), only what was given for a number, a boolean or a choice.
 */
export const readEnv = <T extends TObject>(schema: T, env: Environment): Static<T> => {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(schema.properties) as [string, Field][]) {
    const text = env[name]?.trim();
    const value = text ? convert(field, text) : field.default;
    if (value !== undefined) config[name] = value;
    const fault = faultOf(field, value, schema.required?.includes(name) ?? false);
    if (fault) problems.push(`${name} ${fault}${given(field, text)}`);
  }
  if (problems.length > 0) throw configError(problems);
  return config as Static<T>;
};

type Field = TSchema & {
  type?: string;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
};

const convert = (field: Field, text: string): unknown => {
  if (field.type === 'integer' || field.type === 'number')
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (field.type === 'boolean') return booleans.get(text.toLowerCase()) ?? text;
  return text;
};

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

const faultOf = (field: Field, value: unknown, required: boolean): string | undefined => {
  if (value === undefined) return required ? `is missing (${wanted(field)})` : undefined;
  return Value.Check(field, value) ? undefined : `must be ${wanted(field)}`;
};

const wanted = (field: Field): string => {
  if (field.type === 'boolean') return 'true or false';
  if (field.type === 'integer' || field.type === 'number') return range(field);
  if (field.enum) return `one of ${field.enum.join(', ')}`;
  return field.description ?? 'a text';
};

const range = ({ type, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Field) => {
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  if (Number.isFinite(minimum) && Number.isFinite(maximum)) return `${kind} from ${minimum} to ${maximum}`;
  if (Number.isFinite(minimum)) return `${kind}, at least ${minimum}`;
  return Number.isFinite(maximum) ? `${kind}, at most ${maximum}` : kind;
};

const given = (field: Field, text: string | undefined): string =>
  text && (field.type !== 'string' || field.enum) ? `, not '${text}'` : '';
