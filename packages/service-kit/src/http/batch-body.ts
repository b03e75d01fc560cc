import { isUtf8 } from 'node:buffer';
import type { Static, TSchema } from 'typebox';
import { type FieldError, problem } from '../problem.ts';
import { findUnstorable } from '../text-check.ts';
import { fieldErrors } from './field-errors.ts';
import type { Http } from './http.ts';
import { validatorCompiler } from './validation.ts';

/** What is wrong with one item of a batch; `errors` name fields within the item. */
export interface ItemFault {
  code: string;
  detail: string;
  errors?: FieldError[];
}

export interface BatchShape {
  /** The one field of the JSON body, which holds the array of items. */
  field: string;
  itemsMax: number;
}

export const ndjsonType = 'application/x-ndjson';

/**
 * Makes the routes of `scope` take a batch: JSON with one array, or NDJSON with an item per line, blank lines left
 * out. Items are then validated one by one (see itemValidator), so that one that cannot be used spoils no other; what
 * is wrong with the body as a whole is a 400 problem. The schema of such a route's body only documents it.
 */
export const takeBatches = (scope: Http, shape: BatchShape): void => {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    parseDocument(body, shape),
  );
  scope.addContentTypeParser(ndjsonType, { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    parseLines(body, shape),
  );
  scope.setValidatorCompiler(() => () => true);
};

/** Sorts the items of a body that takeBatches has read into valid ones and faults, each with its item or line, from 0. */
export const itemValidator = <T extends TSchema>(schema: T) => {
  const validate = validatorCompiler({})({ schema, method: 'POST', url: '', httpPart: 'body' });
  return (body: unknown) => {
    const valid: { index: number; value: Static<T> }[] = [];
    const faulty: ({ index: number } & ItemFault)[] = [];
    for (const { index, value, fault } of body as Entry[]) {
      if (fault) faulty.push({ index, ...fault });
      else if (validate(value)) valid.push({ index, value: value as Static<T> });
      else faulty.push({ index, ...invalidItem(fieldErrors(validate.errors as never)) });
    }
    return { valid, faulty };
  };
};

/** An item as it came, and its place. What no column can hold is taken out here, before the check of the whole body. */
type Entry = { index: number } & ({ value: unknown; fault?: never } | { value?: never; fault: ItemFault });

const parseDocument = (body: Buffer, { field, itemsMax }: BatchShape): Entry[] => {
  const document = parseJson(body);
  if (document === undefined) throw problem(400, 'invalid_json', 'the body is not JSON in UTF-8');
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw invalidBody({ field: '', message: 'must be object' });
  const unknownKeys = Object.keys(document).filter((key) => key !== field);
  if (unknownKeys.length > 0)
    throw invalidBody(...unknownKeys.map((key) => ({ field: key, message: 'is not a known field' })));
  const items = (document as Record<string, unknown>)[field];
  if (!Array.isArray(items))
    throw invalidBody({ field, message: items === undefined ? 'is required' : 'must be array' });
  if (items.length > itemsMax) throw invalidBody({ field, message: tooMany(itemsMax) });
  return items.map((value, index) => entryOf(index, value));
};

const parseLines = (body: Buffer, { itemsMax }: BatchShape): Entry[] => {
  const entries: Entry[] = [];
  for (let start = 0, index = 0; start < body.length; index++) {
    const newline = body.indexOf('\n', start);
    const end = newline === -1 ? body.length : newline;
    const line = body.subarray(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    if (entries.length === itemsMax) throw invalidBody({ field: '', message: tooMany(itemsMax) });
    const value = parseJson(line);
    entries.push(value === undefined ? { index, fault: notJson } : entryOf(index, value));
  }
  return entries;
};

const notJson: ItemFault = { code: 'invalid_json', detail: 'the line is not JSON in UTF-8' };

const spaces = new Set(Buffer.from(' \t\r'));
const isBlank = (line: Buffer): boolean => line.every((byte) => spaces.has(byte));

/** Undefined for what is not JSON in UTF-8. */
const parseJson = (bytes: Buffer): unknown => {
  try {
    return isUtf8(bytes) ? JSON.parse(bytes.toString()) : undefined;
  } catch {
    return undefined;
  }
};

/** Checked where it stands in the body, so that an item just not too deep is not too deep there. */
const entryOf = (index: number, value: unknown): Entry => {
  const entry = { index, value };
  const found = findUnstorable([entry]);
  if (!found) return entry;
  return { index, fault: invalidItem([{ ...found, field: found.field.replace(/^0\/value\/?/, '') }]) };
};

/** The fault of an item whose fields are not valid. */
export const invalidItem = (errors: FieldError[]): ItemFault => ({
  code: 'invalid_request',
  detail: 'the item is not valid',
  errors,
});

const invalidBody = (...errors: FieldError[]) =>
  problem(400, 'invalid_request', 'the body is not valid', { errors });

const tooMany = (itemsMax: number) => `must not have more than ${itemsMax} items`;
