import type { ColumnsWanted, GivenColumns } from '../files/find-table.ts';

/** The columns of interactions, by the names that MovieLens, RetailRocket and others give them. */
export const interactionColumns = {
  user: { names: ['user_id', 'user', 'visitorid', 'customer_id'], required: true },
  product: { names: ['movieId', 'itemid', 'item', 'product_id', 'product', 'sku'], required: true },
  time: { names: ['timestamp', 'time', 'occurred_at', 'datetime', 'date'], required: true },
  type: { names: ['event', 'type', 'event_type'], required: false },
  weight: { names: ['rating', 'weight'], required: false },
  session: { names: ['session_id', 'session'], required: false },
} as const satisfies ColumnsWanted<string>;

export type InteractionColumn = keyof typeof interactionColumns;

export const interactionColumnNames = Object.keys(interactionColumns) as InteractionColumn[];

/** The early MovieLens files have no header: user, film, rating, time, all of them numbers. */
export const headerless = (first: readonly string[]): GivenColumns<InteractionColumn> | undefined => {
  if (!first.every((field) => /^\d+(\.\d+)?$/.test(field))) return undefined;
  if (first.length === 4) return { user: '1', product: '2', weight: '3', time: '4' };
  return first.length === 3 ? { user: '1', product: '2', time: '3' } : undefined;
};
