import { type TSchema, type TSchemaOptions, Type } from './typebox.ts';

/** The largest quantity of one cart line or activity. */
export const quantityMax = 1_000_000;
/** The largest amount of money, in minor units: with `quantityMax` the product still fits a Postgres bigint. */
export const amountMinorMax = 1_000_000_000_000;
/** The largest stock; below zero it counts what was sold without being there. */
export const stockMax = 1_000_000_000;

/** A UUID in lower case. Consumers compare ids as text, where another case would be another entity. */
export const uuid = () =>
  Type.String({
    format: 'uuid',
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    description: 'a UUID in lower case',
  });

/** RFC 3339 in UTC, written with `Z`, as `Date.prototype.toISOString` does. No leap second: Date has none. */
export const timestamp = () =>
  Type.String({
    format: 'date-time',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]{1,9})?Z$',
    description: 'RFC 3339 in UTC, written with Z',
  });

/** The version of an aggregate: 1 when it was made, one more with every change. */
export const version = () =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'one more with every change' });

/** A count of things, at least 1. */
export const quantity = () => Type.Integer({ minimum: 1, maximum: quantityMax });

/** Money in minor units of its currency (cents; see minorDecimalsOf), never negative. */
export const amountMinor = () =>
  Type.Integer({ minimum: 0, maximum: amountMinorMax, description: 'money in minor units (cents)' });

/** The value or null; the property itself is always there. */
export const nullable = <T extends TSchema>(schema: T, options: TSchemaOptions = {}) =>
  Type.Union([schema, Type.Null()], options);

/** The identity of an order, chosen by whoever sends it. */
export const orderUid = () => Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
