import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import { bucketStart } from './bucket.ts';
import { addStep, type StepRow } from './funnel-steps.ts';
import { rowAt } from './row-at.ts';
import { addSale, noSales, type Sales } from './sales.ts';

export type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
export type Purchase = EventData<typeof productUpdates, 'product.purchased.v1'>;

/** An activity, or a line of an order, which is told as the `purchase` activity of its customer. */
type Interaction = Omit<Activity, 'event_id' | 'user_id'> & Pick<Purchase, 'user_id'>;

/** What happened in one minute, given by its start in milliseconds since the epoch. */
interface InMinute {
  minuteMs: number;
}
export interface SalesRow extends InMinute, Sales {}
export interface ProductRow extends InMinute, Sales {
  productId: string;
  views: number;
  likes: number;
  carts: number;
}
export interface ActivityRow extends InMinute {
  type: string;
  count: number;
}
export interface ActiveUserRow {
  dayMs: number;
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

/** What a batch adds: at most one row per key. */
export interface Rollup {
  products: ProductRow[];
  sales: SalesRow[];
  activity: ActivityRow[];
  activeUsers: ActiveUserRow[];
  userActivity: UserActivityRow[];
  userProducts: UserProductRow[];
  steps: StepRow[];
}

/**
 * Sums up activities and the lines of orders. The order does not matter, and the rollup of two batches is the
 * sum of theirs. The event's own time decides its minute; `countedAs` says which type an activity counts under. A
 * line counts as a `purchase` activity does, only not among the activities by type.
 */
export const rollUp = (
  activities: readonly Activity[],
  purchases: readonly Purchase[] = [],
  countedAs: (type: string) => string = (type) => type,
): Rollup => {
  const tables = emptyTables();
  for (const activity of activities) {
    const type = countedAs(activity.type);
    const atMs = Date.parse(activity.occurred_at);
    const minuteMs = bucketStart('minute', atMs);
    rowAt(tables.activity, `${minuteMs} ${type}`, () => ({ minuteMs, type, count: 0 })).count += 1;
    addInteraction(tables, type, atMs, activity);
  }
  for (const purchase of purchases) {
    const line = { ...purchase, type: 'purchase', unit_price_minor: inHundredths(purchase) };
    addInteraction(tables, 'purchase', Date.parse(purchase.occurred_at), line);
  }
  return {
    products: [...tables.products.values()],
    sales: [...tables.sales.values()],
    activity: [...tables.activity.values()],
    activeUsers: [...tables.activeUsers.values()],
    userActivity: [...tables.userActivity.values()],
    userProducts: [...tables.userProducts.values()],
    steps: [...tables.steps.values()],
  };
};

const emptyTables = () => ({
  products: new Map<string, ProductRow>(),
  sales: new Map<number, SalesRow>(),
  activity: new Map<string, ActivityRow>(),
  activeUsers: new Map<string, ActiveUserRow>(),
  userActivity: new Map<string, UserActivityRow>(),
  userProducts: new Map<string, UserProductRow>(),
  steps: new Map<string, StepRow>(),
});
type Tables = ReturnType<typeof emptyTables>;

const addInteraction = (tables: Tables, type: string, atMs: number, interaction: Interaction): void => {
  const { user_id: userId, product_id: productId } = interaction;
  const minuteMs = bucketStart('minute', atMs);
  if (type === 'purchase')
    addSale(
      rowAt(tables.sales, minuteMs, () => ({ minuteMs, ...noSales })),
      interaction,
    );
  if (productId !== null) addToProduct(tables, productId, minuteMs, type, interaction);
  if (userId === null) return;
  addToUser(tables, userId, atMs, type, productId);
  addStep(tables.steps, userId, type, atMs);
};

const addToProduct = (
  tables: Tables,
  productId: string,
  minuteMs: number,
  type: string,
  interaction: Interaction,
): void => {
  const metric = metricOf.get(type);
  if (metric === undefined) return;
  const row = rowAt(tables.products, `${minuteMs} ${productId}`, () => ({
    minuteMs,
    productId,
    views: 0,
    likes: 0,
    carts: 0,
    ...noSales,
  }));
  if (metric === 'purchases') addSale(row, interaction);
  else row[metric] += 1;
};

/** The types that count per product; any other type only counts by its type. */
const metricOf: ReadonlyMap<string, 'views' | 'likes' | 'carts' | 'purchases'> = new Map([
  ['view', 'views'],
  ['like', 'likes'],
  ['add_to_cart', 'carts'],
  ['purchase', 'purchases'],
]);

/** Revenue is kept in hundredths, whatever smaller unit a currency has. */
const inHundredths = ({ unit_price_minor, currency }: Purchase): number =>
  Math.round(unit_price_minor / 10 ** (minorDecimalsOf(currency) - 2));

const addToUser = (
  tables: Tables,
  userId: string,
  atMs: number,
  type: string,
  productId: string | null,
): void => {
  const dayMs = bucketStart('day', atMs);
  rowAt(tables.activeUsers, `${dayMs} ${userId}`, () => ({ dayMs, userId }));

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
