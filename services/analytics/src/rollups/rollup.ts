import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import { bucketStart } from './bucket.ts';
import { addStep, type StepRow } from './funnel-steps.ts';
import { defaultCurrency } from './own-currency.ts';
import { rowAt } from './row-at.ts';
import { addSales, noSales, returnOf, type Sales, saleOf } from './sales.ts';

export type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
export type Purchase = EventData<typeof productUpdates, 'product.purchased.v1'>;
export type Return = EventData<typeof productUpdates, 'product.returned.v1'>;

export interface Facts {
  activities?: readonly Activity[];
  /** Lines of orders. */
  purchases?: readonly Purchase[];
  /** What was given back of them, or cancelled. */
  returns?: readonly Return[];
}

/** What happened in one minute, given by its start in milliseconds since the epoch. */
interface InMinute {
  minuteMs: number;
}
export interface SalesRow extends InMinute, Sales {
  currency: string;
}
/** Counts, under no currency (''), or the money of one currency. */
export interface ProductRow extends InMinute, Sales {
  productId: string;
  currency: string;
  views: number;
  likes: number;
  carts: number;
}
export interface ActivityRow extends InMinute {
  type: string;
  count: number;
}
export interface ActiveUserRow extends InMinute {
  userId: string;
}
export interface UserActivityRow {
  userId: string;
  type: string;
  count: number;
  firstSeenMs: number;
  lastSeenMs: number;
}
export interface UserProductRow {
  userId: string;
  productId: string;
  interactions: number;
  purchases: number;
}
export interface UserRevenueRow extends Pick<Sales, 'grossMinor' | 'refundedMinor'> {
  userId: string;
  currency: string;
}

/** What a batch adds: at most one row per key. */
export interface Rollup {
  products: ProductRow[];
  sales: SalesRow[];
  activity: ActivityRow[];
  activeUsers: ActiveUserRow[];
  userActivity: UserActivityRow[];
  userProducts: UserProductRow[];
  userRevenue: UserRevenueRow[];
  steps: StepRow[];
}

/**
 * Sums up what happened. The order does not matter, and the rollup of two batches is the sum of theirs. The event's own
 * time decides its minute; `countedAs` says which type an activity counts under, `currency` what its price is in: always
 * hundredths, also where the minor unit is smaller. A line of an order counts as a `purchase` activity does, only not
 * among the activities by type.
 */
export const rollUp = (
  { activities = [], purchases = [], returns = [] }: Facts,
  {
    countedAs = (type) => type,
    currency = defaultCurrency,
  }: { countedAs?: (type: string) => string; currency?: string } = {},
): Rollup => {
  const tables = emptyTables();
  const minorInHundredth = 10 ** (minorDecimalsOf(currency) - 2);
  for (const activity of activities) {
    const type = countedAs(activity.type);
    const atMs = Date.parse(activity.occurred_at);
    const minuteMs = bucketStart('minute', atMs);
    rowAt(tables.activity, `${minuteMs} ${type}`, () => ({ minuteMs, type, count: 0 })).count += 1;
    if (type === 'purchase') addMoney(tables, { ...activity, currency }, saleOf(activity, minorInHundredth));
    else if (activity.product_id !== null) addCount(tables, activity.product_id, minuteMs, type);
    addToUser(tables, { ...activity, type }, atMs);
  }
  for (const purchase of purchases) {
    addMoney(tables, purchase, saleOf(purchase));
    addToUser(tables, { ...purchase, type: 'purchase' }, Date.parse(purchase.occurred_at));
  }
  for (const returned of returns) addMoney(tables, returned, returnOf(returned));
  return {
    products: [...tables.products.values()],
    sales: [...tables.sales.values()],
    activity: [...tables.activity.values()],
    activeUsers: [...tables.activeUsers.values()],
    userActivity: [...tables.userActivity.values()],
    userProducts: [...tables.userProducts.values()],
    userRevenue: [...tables.userRevenue.values()],
    steps: [...tables.steps.values()],
  };
};

const emptyTables = () => ({
  products: new Map<string, ProductRow>(),
  sales: new Map<string, SalesRow>(),
  activity: new Map<string, ActivityRow>(),
  activeUsers: new Map<string, ActiveUserRow>(),
  userActivity: new Map<string, UserActivityRow>(),
  userProducts: new Map<string, UserProductRow>(),
  steps: new Map<string, StepRow>(),
  userRevenue: new Map<string, UserRevenueRow>(),
});
type Tables = ReturnType<typeof emptyTables>;

interface Trade {
  product_id: string | null;
  user_id: string | null;
  currency: string;
  occurred_at: string;
}

/** Adds what was bought or returned to the shop, its product and its user. */
const addMoney = (tables: Tables, trade: Trade, sales: Sales): void => {
  const { product_id: productId, user_id: userId, currency } = trade;
  const { grossMinor, refundedMinor, ...counts } = sales;
  const minuteMs = bucketStart('minute', Date.parse(trade.occurred_at));
  addSales(
    rowAt(tables.sales, `${minuteMs} ${currency}`, () => ({ minuteMs, currency, ...noSales })),
    sales,
  );
  if (productId !== null) addSales(productRow(tables, productId, minuteMs, ''), { ...noSales, ...counts });
  if (grossMinor === 0n && refundedMinor === 0n) return;
  const money = { ...noSales, grossMinor, refundedMinor };
  if (productId !== null) addSales(productRow(tables, productId, minuteMs, currency), money);
  if (userId === null) return;
  const row = rowAt(tables.userRevenue, `${userId} ${currency}`, () => ({
    userId,
    currency,
    grossMinor: 0n,
    refundedMinor: 0n,
  }));
  row.grossMinor += grossMinor;
  row.refundedMinor += refundedMinor;
};

const addCount = (tables: Tables, productId: string, minuteMs: number, type: string): void => {
  const metric = metricOf.get(type);
  if (metric !== undefined) productRow(tables, productId, minuteMs, '')[metric] += 1;
};

const productRow = (tables: Tables, productId: string, minuteMs: number, currency: string): ProductRow =>
  rowAt(tables.products, `${minuteMs} ${productId} ${currency}`, () => ({
    minuteMs,
    productId,
    currency,
    views: 0,
    likes: 0,
    carts: 0,
    ...noSales,
  }));

/** The types that count per product, beside purchases; any other type only counts by its type. */
const metricOf: ReadonlyMap<string, 'views' | 'likes' | 'carts'> = new Map([
  ['view', 'views'],
  ['like', 'likes'],
  ['add_to_cart', 'carts'],
]);

interface Interaction {
  user_id: string | null;
  type: string;
  product_id: string | null;
}

const addToUser = (
  tables: Tables,
  { user_id: userId, type, product_id: productId }: Interaction,
  atMs: number,
): void => {
  if (userId === null) return;
  addStep(tables.steps, userId, type, atMs);
  const minuteMs = bucketStart('minute', atMs);
  rowAt(tables.activeUsers, `${minuteMs} ${userId}`, () => ({ minuteMs, userId }));

  const row = rowAt(tables.userActivity, `${userId} ${type}`, () => ({
    userId,
    type,
    count: 0,
    firstSeenMs: atMs,
    lastSeenMs: atMs,
  }));
  row.count += 1;
  if (atMs < row.firstSeenMs) row.firstSeenMs = atMs;
  if (atMs > row.lastSeenMs) row.lastSeenMs = atMs;

  if (productId === null) return;
  const interest = rowAt(tables.userProducts, `${userId} ${productId}`, () => ({
    userId,
    productId,
    interactions: 0,
    purchases: 0,
  }));
  interest.interactions += 1;
  if (type === 'purchase') interest.purchases += 1;
};
