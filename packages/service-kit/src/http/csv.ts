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

/** The columns that the fields of an object make: those of its own, then those of each object within it. */
interface Columns {
  own: Set<string>;
  within: Map<string, Columns>;
}

const csvWith =
  (own: readonly string[]) =>
  (answer: unknown): string => {
    const { items } = answer as { items: object[] };
    const columns: Columns = { own: new Set(own), within: new Map() };
    for (const item of items) addColumns(columns, item);
    const addCells = addingCells(columns, '');
    const lines = items.map((item) => {
      const line: Cell[] = [];
      addCells(line, item);
      return line.join();
    });
    // Joined, since a text that grows by `+=` is a tree of as many objects as it has cells.
    return [namesOf(columns).map(textCell).join(), ...lines, ''].join('\r\n');
  };

const addColumns = ({ own, within }: Columns, item: object): void => {
  for (const name in item) {
    const value: unknown = item[name as never];
    if (typeof value !== 'object' || value === null) own.add(name);
    else {
      const columns = within.get(name) ?? { own: new Set(), within: new Map() };
      within.set(name, columns);
      addColumns(columns, value);
    }
  }
};

const namesOf = ({ own, within }: Columns): string[] => [
  ...own,
  ...[...within].flatMap(([name, columns]) => namesOf(columns).map((inner) => `${name}.${inner}`)),
];

type Cell = string | number;

/**
 * Adds the cells of an item to a line. What it does not have is `absent`: a type or currency has no count or amount
 * there, a field of its own is empty.
 */
const addingCells = (
  { own, within }: Columns,
  absent: string,
): ((line: Cell[], item: object | undefined) => void) => {
  const names = [...own];
  const objects = [...within].map(([name, columns]) => [name, addingCells(columns, '0')] as const);
  return (line, item) => {
    for (const name of names) line.push(cell(item?.[name as never], absent));
    for (const [name, addWithin] of objects) addWithin(line, item?.[name as never]);
  };
};

const cell = (value: unknown, absent: string): Cell => {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'boolean') return value ? 1 : '';
  return absent;
};

const textCell = (text: string): string => inQuotes(harmless(text));

/** Some spreadsheets take the full-width forms of = + - @ for these. */
const harmless = (text: string): string =>
  /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;

/** Where RFC 4180 asks for quotes. */
const inQuotes = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
