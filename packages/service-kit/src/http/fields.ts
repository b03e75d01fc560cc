import Type, { type TStringOptions } from 'typebox';
import { instantMsMax } from '../instant.ts';

/** A UUID in any case; the length keeps out the form `urn:uuid:…`, which the format allows and Postgres does not. */
export const uuid = (options: TStringOptions = {}) =>
  Type.String({ format: 'uuid', maxLength: 36, ...options });

/** The path parameter of one thing. */
export const IdParams = Type.Object({ id: uuid() });

/** RFC 3339. */
export const time = (options: TStringOptions = {}) => Type.String({ format: 'date-time', ...options });

/** A time as a cursor holds it. */
export const unixMs = () => Type.Integer({ minimum: 0, maximum: instantMsMax });
