import { readFileSync } from 'node:fs';
import type { Static, TObject, TSchema } from '@souk/contracts/typebox.ts';
import { Check } from 'typebox/schema';
import { configError } from './config-error.ts';

type Environment = Record<string, string | undefined>;

/**
 * Reads the variables that `schema` names, converts them to its types and fills in its defaults. Of each, NAME_FILE
 * may name a file that holds the value instead, as secrets are mounted into containers. An empty variable counts as
 * an absent one; variables that the schema does not name are left alone.
 * Throws a ConfigError that names every variable at fault. Texts are never repeated in it (a URL may hold a
 * password), nor what a file holds, only what was given for a number, a boolean or a choice.
 */
export const readEnv = <T extends TObject>(schema: T, env: Environment): Static<T> => {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(schema.properties) as [string, Field][]) {
    const { text, isSecret, fault: unread } = textOf(name, env);
    if (unread) {
      problems.push(unread);
      continue;
    }
    const value = text ? convert(field, text) : field.default;
    if (value !== undefined) config[name] = value;
    const fault = faultOf(field, value, schema.required?.includes(name) ?? false);
    if (fault) problems.push(`${name} ${fault}${isSecret ? '' : given(field, text)}`);
  }
  if (problems.length > 0) throw configError(problems);
  return config as Static<T>;
};

/** A single variable, or what the file holds that NAME_FILE names. Throws as `readEnv` does. */
export const readVariable = (name: string, env: Environment): string | undefined => {
  const { text, fault } = textOf(name, env);
  if (fault) throw configError([fault]);
  return text || undefined;
};

interface Given {
  text?: string | undefined;
  isSecret?: boolean;
  fault?: string;
}

const textOf = (name: string, env: Environment): Given => {
  const text = env[name]?.trim();
  const path = env[`${name}_FILE`]?.trim();
  if (!path) return { text };
  if (text) return { fault: `${name} and ${name}_FILE are both given: one of them is needed` };
  try {
    return { text: readFileSync(path, 'utf8').trim(), isSecret: true };
  } catch (error) {
    return {
      fault: `${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`,
    };
  }
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
  return Check(field, value) ? undefined : `must be ${wanted(field)}`;
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
