import { type TArray, type TObject, Type } from '@souk/contracts/typebox.ts';
import Negotiator from 'negotiator';
import { type ProblemError, problem, problems } from '../problem.ts';
import type { FastifyReply, FastifyRequest } from './http.ts';

const mediaTypes = ['application/json', 'text/csv'];

/**
 * The options of a route that answers with `schema`, or with its `items` as CSV where Accept prefers that: a line of
 * names, then a line for each item. 406 where Accept takes neither.
 */
export const orCsv = (schema: TObject<{ items: TArray<TObject> }>) => ({
  onRequest: async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('vary', 'Accept');
    if (preferred(request) === undefined) throw notAcceptable();
  },
  preSerialization: async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (reply.statusCode === 200 && preferred(request) === 'text/csv')
      reply.type('text/csv; charset=utf-8; header=present').serializer(csvWith(ownNames(schema)));
    return payload;
  },
});

/** The responses of such a route: 200 in both forms, and 406. */
export const tableResponses = (schema: TObject) => ({
  200: {
    description: 'OK',
    content: {
      'application/json': { schema },
      'text/csv': {
        schema: Type.String({
          description:
            'RFC 4180: a line of names, then a line for each of `items`. A name with a dot is of a field within a ' +
            'field. A text that a spreadsheet would run (= + - @, tab, carriage return) begins with an apostrophe.',
        }),
      },
    },
  },
  ...problems(406),
});

const preferred = (request: FastifyRequest): string | undefined =>
  new Negotiator(request.raw).mediaType(mediaTypes);

const notAcceptable = (): ProblemError =>
  problem(406, 'not_acceptable', `this route answers with ${mediaTypes.join(' or ')}`);

/** The fields of an item that every line has. */
const ownNames = ({ properties: { items } }: TObject<{ items: TArray<TObject> }>): string[] =>
  Object.entries(items.items.properties)
    .filter(([, field]) => !('type' in field) || field.type !== 'object')
    .map(([name]) => name);

/** The names of fields that lead to a cell. */
type Path = readonly string[];

interface Fields {
  cells: Set<string>;
  within: Map<string, Fields>;
}

const csvWith =
  (own: readonly string[]) =>
  (answer: unknown): string => {
    const { items } = answer as { items: object[] };
    const fields: Fields = { cells: new Set(own), within: new Map() };
    for (const item of items) addFields(fields, item);
    const columns = pathsOf(fields);
    const names = columns.map((path) => inQuotes(harmless(path.join('.'))));
    const lines = items.map((item) => columns.map((path) => cell(item, path)));
    return [names, ...lines].map((line) => `${line.join()}\r\n`).join('');
  };

const addFields = ({ cells, within }: Fields, item: object): void => {
  for (const [name, value] of Object.entries(item))
    if (typeof value !== 'object' || value === null) cells.add(name);
    else {
      const found = within.get(name) ?? { cells: new Set(), within: new Map() };
      within.set(name, found);
      addFields(found, value);
    }
};

const pathsOf = ({ cells, within }: Fields): Path[] => [
  ...[...cells].map((name) => [name]),
  ...[...within].flatMap(([name, fields]) => pathsOf(fields).map((path) => [name, ...path])),
];

/** A type or currency that a line does not have has no count or amount there; a field of its own is empty. */
const cell = (item: object, path: Path): string | number => {
  let value: unknown = item;
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return inQuotes(harmless(value));
  if (typeof value === 'boolean') return value ? 1 : '';
  return path.length > 1 ? 0 : '';
};

/** Some spreadsheets take the full-width forms of = + - @ for these. */
const harmless = (text: string): string =>
  /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;

/** Where RFC 4180 asks for quotes. */
const inQuotes = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
