import { nullable } from '@souk/contracts/fields.ts';
import { type Static, type TSchema, Type } from '@souk/contracts/typebox.ts';
import { invalidRequest } from '../problem.ts';
import { cursorLengthMax, decodeCursor, encodeCursor } from './cursor.ts';

export const pageLimitMax = 100;
/** The rows that `page` may skip at most: an offset costs as much as reading them. */
export const pageOffsetMax = 100_000;

/** The query fields of a list that is read by cursor alone. */
export const cursorFields = {
  limit: Type.Integer({ minimum: 1, maximum: pageLimitMax, default: 10 }),
  cursor: Type.Optional(
    Type.String({ maxLength: cursorLengthMax, description: 'next_cursor of the last page' }),
  ),
};

/** The query fields of a list: `limit` with `page` for people or `cursor` for programs. */
export const pagingFields = {
  ...cursorFields,
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: pageOffsetMax })),
};

/** The answer of a list that is read by cursor alone. */
export const cursorList = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    limit: Type.Integer(),
    next_cursor: nullable(Type.String(), { description: 'null on the last page' }),
  });

/** The answer of a list with pages: the same, with the page and how many there are on all pages. */
export const pagedList = <T extends TSchema>(item: T) =>
  Type.Object({
    ...cursorList(item).properties,
    page: nullable(Type.Integer({ minimum: 1 }), { description: 'null for a page after a cursor' }),
    ...totalFields,
  });

/** Counting further costs more than the number is worth: a total stops here. */
export const totalMax = 10_000;

const totalFields = {
  total: Type.Integer({ minimum: 0, description: `of all pages, counted to ${totalMax}` }),
  total_is_exact: Type.Boolean({ description: 'false when there are more than `total`' }),
};

/** The total for a list of which `count` rows were found when at most `totalMax + 1` were counted. */
export const cutTotal = (count: number) => ({
  total: Math.min(count, totalMax),
  total_is_exact: count <= totalMax,
});

export interface PagingQuery {
  limit: number;
  page?: number;
  cursor?: string;
}

/** Where a page begins: after the row with these values of the order's columns, or after `offset` rows. */
export type PageStart<Position> =
  | { limit: number; after: Position; offset: 0; page?: never }
  | { limit: number; after?: never; offset: number; page: number };

/**
 * Reads where a page begins; `position` is the schema (a tuple) of a cursor's values. Without `cursor` and
 * `page` it is page 1. Throws 400 problems: `invalid_cursor`, and `invalid_request` when both are given or
 * the page lies too far out.
 */
export const pageStart = <T extends TSchema>(query: PagingQuery, position: T): PageStart<Static<T>> => {
  const { limit, page = 1, cursor } = query;
  if (cursor !== undefined) {
    if (query.page !== undefined) throw badPage('cannot be given together with cursor');
    return { limit, after: decodeCursor(position, cursor), offset: 0 };
  }
  const offset = (page - 1) * limit;
  if (offset > pageOffsetMax) throw badPage(`lies beyond ${pageOffsetMax} rows: go on with cursor`);
  return { limit, offset, page };
};

/**
 * Cuts a page out of the rows of a query with `limit + 1`: the row too many only tells that there is a next
 * page. `positionOf` gives the values of a row that its cursor holds.
 */
export const cutPage = <Row>(rows: readonly Row[], limit: number, positionOf: (row: Row) => unknown[]) => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, next_cursor: more ? encodeCursor(positionOf(last)) : null };
};

const badPage = (message: string) => invalidRequest('query', [{ field: 'page', message }]);
