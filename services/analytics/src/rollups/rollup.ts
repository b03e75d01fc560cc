import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import { bucketStart, type Granularity, granularities } from './bucket.ts';
import { keyedRows } from './keyed-rows.ts';

export type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
export type Purchase = EventData<typeof productUpdates, 'product.purchased.v1'>;

/** An activity, or a line of an order, which is told as the `purchase` activity of its customer. */
type Interaction = Omit<Activity, 'event_id' | 'user_id'> & Pick<Purchase, 'user_id'>;

/** Purchase lines, the things in them, and what they cost in minor units of the shop's currency. */
interface Sales {
  purchases: number;
  units: number;
  revenueMinor: bigint;
}

/** The start of a bucket, RFC 3339 UTC. */
interface InBucket {
  granularity: Granularity;
  bucket: string;
}

export interface SalesRow extends InBucket, Sales {}
export interface ProductRow extends InBucket, Sales {
  productId: string;
  views: number;
  likes: number;
  carts: number;
}
export interface ActivityRow extends InBucket {
  type: string;
  count: number;
}
export interface ActiveUserRow {
  bucket: string;
  userId: string;
}
export interface UserActivityRow {
  userId: string;
  type: string;
  count: number;
  firstSeen: string;
  lastSeen: string;
}
export interface UserProductRow {
  userId: string;
  productId: string;
  interactions: number;
  purchases: number;
}

/** What a batch adds to each table: at most one row per key. */
export interface Rollup {
  products: ProductRow[];
  sales: SalesRow[];
  activity: ActivityRow[];
  activeUsers: ActiveUserRow[];
  userActivity: UserActivityRow[];
  userProducts: UserProductRow[];
}

/**
 * Sums up activities and the lines of orders. The order does not matter, and the rollup of two batches is the
 * sum of theirs. The event's own time decides its buckets. A line counts as a `purchase` activity does, only
 * not among the activities by type.
 */
export const rollUp = (activities: readonly Activity[], purchases: readonly Purchase[] = []): Rollup => {
  const tables = emptyTables();
  for (const activity of activities) addInteraction(tables, activity, { byType: true });
  for (const purchase of purchases)
    addInteraction(
      tables,
      { ...purchase, type: 'purchase', unit_price_minor: inHundredths(purchase) },
      { byType: false },
    );
  return {
    products: tables.products.all(),
    sales: tables.sales.all(),
    activity: tables.activity.all(),
    activeUsers: tables.activeUsers.all(),
    userActivity: tables.userActivity.all(),
    userProducts: tables.userProducts.all(),
  };
};

const emptyTables = () => ({
  products: keyedRows<ProductRow>(),
  sales: keyedRows<SalesRow>(),
  activity: keyedRows<ActivityRow>(),
  activeUsers: keyedRows<ActiveUserRow>(),
  userActivity: keyedRows<UserActivityRow>(),
  userProducts: keyedRows<UserProductRow>(),
});
type Tables = ReturnType<typeof emptyTables>;

const addInteraction = (tables: Tables, interaction: Interaction, { byType }: { byType: boolean }): void => {
  const { type, user_id: userId } = interaction;
  const at = new Date(interaction.occurred_at);
  for (const granularity of granularities) {
    const bucket = new Date(bucketStart(granularity, at.getTime())).toISOString();
    if (byType)
      tables.activity.at([granularity, bucket, type], () => ({
        granularity,
        bucket,
        type,
        count: 0,
      })).count += 1;
    addToBucket(tables, { granularity, bucket }, interaction);
  }
  if (userId !== null) addToUser(tables, userId, at, interaction);
};

const addToBucket = (tables: Tables, inBucket: InBucket, interaction: Interaction): void => {
  const { granularity, bucket } = inBucket;
  const { type, product_id: productId } = interaction;
  if (type === 'purchase')
    addSale(
      tables.sales.at([granularity, bucket], () => ({ ...inBucket, ...noSales })),
      interaction,
    );

  const metric = Object.hasOwn(metricOf, type) ? metricOf[type] : undefined;
  if (productId === null || metric === undefined) return;
  const row = tables.products.at([granularity, productId, bucket], () => ({
    ...inBucket,
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
const metricOf: Readonly<Record<string, 'views' | 'likes' | 'carts' | 'purchases'>> = {
  view: 'views',
  like: 'likes',
  add_to_cart: 'carts',
  purchase: 'purchases',
};

/** Revenue is kept in hundredths, whatever smaller unit a currency has. */
const inHundredths = ({ unit_price_minor, currency }: Purchase): number =>
  Math.round(unit_price_minor / 10 ** (minorDecimalsOf(currency) - 2));

const noSales: Readonly<Sales> = { purchases: 0, units: 0, revenueMinor: 0n };

const addSale = (row: Sales, { quantity, unit_price_minor }: Interaction): void => {
  const units = quantity ?? 1;
  row.purchases += 1;
  row.units += units;
  row.revenueMinor += BigInt(units) * BigInt(unit_price_minor ?? 0);
};

const addToUser = (
  tables: Tables,
  userId: string,
  at: Date,
  { type, product_id: productId }: Interaction,
): void => {
  const day = new Date(bucketStart('day', at.getTime())).toISOString();
  tables.activeUsers.at([day, userId], () => ({ bucket: day, userId }));

  const seen = at.toISOString();
  const row = tables.userActivity.at([userId, type], () => ({
    userId,
    type,
    count: 0,
    firstSeen: seen,
    lastSeen: seen,
  }));
  row.count += 1;
  if (seen < row.firstSeen) row.firstSeen = seen;
  if (seen > row.lastSeen) row.lastSeen = seen;

  if (productId === null) return;
  const interest = tables.userProducts.at([userId, productId], () => ({
    userId,
    productId,
    interactions: 0,
    purchases: 0,
  }));
  interest.interactions += 1;
  if (type === 'purchase') interest.purchases += 1;
};
