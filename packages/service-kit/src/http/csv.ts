import { stringify } from 'csv-stringify/sync';
import Negotiator from 'negotiator';
import Type, { type TArray, type TObject } from 'typebox';
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

type Cell = string | number | boolean | null;

const csvWith =
  (own: readonly string[]) =>
  (answer: unknown): string => {
    const lines = (answer as { items: object[] }).items.map((item) => new Map(cells(item)));
    const columns = [...new Set([...own, ...lines.flatMap((line) => [...line.keys()])])];
    const records = lines.map((line) => columns.map((name) => line.get(name) ?? absent(name)));
    return stringify(records, {
      columns,
      header: true,
      record_delimiter: 'windows',
      escape_formulas: true,
      quoted_match: /[\r\n]/,
    });
  };

/** A type or currency that a line does not have has no count or amount there; a field of its own is empty. */
const absent = (name: string): Cell => (name.includes('.') ? 0 : null);

const cells = (item: object, prefix = ''): [string, Cell][] =>
  Object.entries(item).flatMap(([name, value]): [string, Cell][] =>
    typeof value === 'object' && value !== null
      ? cells(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value]],
  );
