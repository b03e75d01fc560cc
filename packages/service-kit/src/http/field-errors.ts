import { escapePointer } from '@souk/contracts/json/json-pointer.ts';
import type { ErrorObject } from 'ajv';
import type { FieldError } from '../problem.ts';

/** How many fields are named at most: a batch may be wrong at every one of its lines. */
export const fieldErrorsMax = 100;

/**
 * Turns a validator's errors into one entry per field. Of a union's errors only those of its branches remain,
 * put together: `must be string or null`.
 */
export const fieldErrors = (errors: readonly ErrorObject[]): FieldError[] => {
  const byField = new Map<string, Set<string>>();
  for (const error of errors) {
    if (isSummary(error, errors)) continue;
    const field = fieldOf(error);
    const messages = byField.get(field) ?? new Set();
    if (byField.size >= fieldErrorsMax && messages.size === 0) continue;
    byField.set(field, messages.add(messageOf(error)));
  }
  return [...byField].map(([field, messages]) => ({ field, message: joined([...messages]) }));
};

const unions = new Set(['anyOf', 'oneOf', 'if']);

/** 'must match a schema in anyOf' says nothing once the branches have said what they want. */
const isSummary = (error: ErrorObject, all: readonly ErrorObject[]): boolean =>
  unions.has(error.keyword) &&
  all.some(
    (other) =>
      other !== error &&
      other.instancePath.startsWith(error.instancePath) &&
      other.schemaPath.startsWith(`${error.schemaPath}/`),
  );

const fieldOf = ({ instancePath, params }: ErrorObject): string => {
  const name = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const path = typeof name === 'string' ? `${instancePath}/${escapePointer(name)}` : instancePath;
  return path.slice(1);
};

const messageOf = ({ keyword, params, message }: ErrorObject): string => {
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return 'is required';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not a known field';
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'enum':
      return `must be ${params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(' or ')}`;
    case 'uniqueItems':
      return 'must not have duplicate items';
    case 'multipleOf':
      if (params.multipleOf === 0.01) return 'must have at most two decimals';
      if (params.multipleOf === 0.0001) return 'must have at most four decimals';
      return `must be a multiple of ${params.multipleOf}`;
    default:
      return message ?? 'is not valid';
  }
};

const joined = (messages: string[]): string => {
  const [first = '', ...rest] = messages;
  const choices = messages.every((message) => message.startsWith('must be ') && !/ [<>]=? /.test(message));
  return choices
    ? [first, ...rest.map((message) => message.slice('must be '.length))].join(' or ')
    : messages.join('; ');
};
