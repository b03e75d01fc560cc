import { type TStringOptions, Type } from '@souk/contracts/typebox.ts';
import { instantMsMax, instantRange, readInstant } from '../instant.ts';
import { type FieldError, invalidRequest } from '../problem.ts';

/** A UUID in any case; the length keeps out the form `urn:uuid:…`, which the format allows and Postgres does not. */
export const uuid = (options: TStringOptions = {}) =>
  Type.String({ format: 'uuid', maxLength: 36, ...options });

/** The path parameter of one thing. */
export const IdParams = Type.Object({ id: uuid() });

/** RFC 3339. */
export const time = (options: TStringOptions = {}) => Type.String({ format: 'date-time', ...options });

/** A time as a cursor holds it. */
export const unixMs = () => Type.Integer({ minimum: 0, maximum: instantMsMax });

/** A time range of a query. Throws a 400 problem that names each end outside of 1970 to 9999. */
export const readTimeRange = (given: { from?: string | undefined; to?: string | undefined }) => {
  const errors: FieldError[] = [];
  const read = (field: 'from' | 'to'): Date | undefined => {
    const text = given[field];
    const instant = text === undefined ? undefined : readInstant(text);
    if (text !== undefined && instant === undefined) errors.push({ field, message: instantRange });
    return instant;
  };
  const range = { from: read('from'), to: read('to') };
  if (errors.length > 0) throw invalidRequest('query', errors);
  return range;
};
