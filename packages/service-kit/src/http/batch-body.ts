import { tooManyValues, type ValuesLeft } from '@souk/contracts/json/json-scan.ts';
import { type Static, type TProperties, type TSchema, Type } from '@souk/contracts/typebox.ts';
import { invalidRequest, isProblem } from '../problem.ts';
import { inspect } from '../text-check.ts';
import { faultOf, type ItemFault, invalidItem, type RejectedItem } from './batch-answer.ts';
import { addBodyParser } from './body-parser.ts';
import { fieldErrors } from './field-errors.ts';
import type { Http } from './http.ts';
import { parseJson, readJson, refuseRepeatedKeys } from './json-body.ts';
import { validatorCompiler } from './validation.ts';

export interface BatchShape {
  /** The one field of the JSON body, which holds the array of items. */
  field: string;
  itemsMax: number;
  /** Further fields of the JSON body, with a text, number or boolean each. */
  more?: TProperties;
}

const ndjsonType = 'application/x-ndjson';

/**
 * Makes the routes of `scope` take a batch: JSON with one array, or NDJSON with an item per line, blank lines left
 * out. Items are then validated one by one (see itemValidator), so that one that cannot be used spoils no other; what
 * is wrong with the body as a whole is a 400 problem. The schema of such a route's body only documents it.
 */
export const takeBatches = (scope: Http, shape: BatchShape): void => {
  const validMore = bodyValidator(Type.Object(shape.more ?? {}, { additionalProperties: false }));
  scope.removeContentTypeParser('application/json');
  addBodyParser(scope, 'application/json', (bytes, left) =>
    parseDocument(bytes, { ...shape, validMore }, left),
  );
  addBodyParser(scope, ndjsonType, (bytes, left) => parseLines(bytes, shape, left));
  scope.setValidatorCompiler(() => () => true);
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, limit: 'batch' };
  });
};

/** How many items a body has that takeBatches has read, those that cannot be used among them. */
export const itemCount = (body: unknown): number => (body as Batch).entries.length;

/** The body of such a route as it is documented. */
export const batchBody = (item: TSchema, { field, itemsMax, more = {} }: BatchShape) => ({
  content: {
    'application/json': {
      schema: Type.Object(
        { [field]: Type.Array(item, { maxItems: itemsMax }), ...more },
        { additionalProperties: false },
      ),
    },
    [ndjsonType]: { schema: item },
  },
});

/**
 * Sorts the items of a body that takeBatches has read into valid ones and faults, each with its item or line, from 0;
 * `more` holds the further fields.
 */
export const itemValidator = <T extends TSchema>(schema: T) => {
  const validate = bodyValidator(schema);
  return (body: unknown) => {
    const valid: { index: number; value: Static<T> }[] = [];
    const faulty: RejectedItem[] = [];
    const { entries, more } = body as Batch;
    for (const { index, value, fault } of entries) {
      if (fault) faulty.push({ index, ...fault });
      else if (validate(value)) valid.push({ index, value: value as Static<T> });
      else faulty.push({ index, ...invalidItem(fieldErrors(validate.errors as never)) });
    }
    return { valid, faulty, more };
  };
};

const bodyValidator = (schema: TSchema) =>
  validatorCompiler({})({ schema, method: 'POST', url: '', httpPart: 'body' });

interface ParsedShape extends BatchShape {
  validMore: ReturnType<typeof bodyValidator>;
}

/** An item as it came, and its place; or why it cannot be used, whatever its schema is. */
type Entry = { index: number } & ({ value: unknown; fault?: never } | { value?: never; fault: ItemFault });

interface Batch {
  entries: Entry[];
  more: Record<string, unknown>;
}

const parseDocument = (
  body: Buffer,
  { field, itemsMax, validMore }: ParsedShape,
  left: ValuesLeft,
): Batch => {
  const { value: document, keysGiven } = parseJson(body, 'body', left);
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw invalidRequest('body', [{ field: '', message: 'must be object' }]);
  const { [field]: items, ...more } = document as Record<string, unknown>;
  const isArray = Array.isArray(items);
  const faults = validMore(more) ? [] : fieldErrors(validMore.errors as never);
  if (items === undefined && faults.length === 0) faults.push({ field, message: 'is required' });
  if (items !== undefined && !isArray) faults.push({ field, message: 'must be array' });
  if (!isArray || faults.length > 0) throw invalidRequest('body', faults);
  if (items.length > itemsMax) throw invalidRequest('body', [{ field, message: tooMany(itemsMax) }]);
  const inspections = items.map(inspect);
  const keys = inspections.reduce((sum, inspection) => sum + inspection.keys, Object.keys(document).length);
  refuseRepeatedKeys(body, keysGiven - keys);
  const entries = inspections.map(({ unstorable }, index) =>
    unstorable ? { index, fault: invalidItem([unstorable]) } : { index, value: items[index] },
  );
  return { entries, more };
};

const parseLines = (body: Buffer, { itemsMax }: BatchShape, left: ValuesLeft): Batch => {
  const entries: Entry[] = [];
  for (let start = 0, index = 0; start < body.length; index++) {
    const newline = body.indexOf('\n', start);
    const end = newline === -1 ? body.length : newline;
    const line = body.subarray(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    if (entries.length === itemsMax)
      throw invalidRequest('body', [{ field: '', message: tooMany(itemsMax) }]);
    entries.push(parseLine(line, index, left));
    if (left.count < 0) throw invalidRequest('body', [{ field: '', message: tooManyValues }]);
  }
  return { entries, more: {} };
};

const parseLine = (line: Buffer, index: number, left: ValuesLeft): Entry => {
  try {
    return { index, value: readJson(line, 'line', left) };
  } catch (error) {
    if (!isProblem(error)) throw error;
    return { index, fault: faultOf(error) };
  }
};

const spaces = new Set(Buffer.from(' \t\r'));
const isBlank = (line: Buffer): boolean => line.every((byte) => spaces.has(byte));

const tooMany = (itemsMax: number) => `must not have more than ${itemsMax} items`;
