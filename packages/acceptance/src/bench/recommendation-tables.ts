import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type postgres from 'postgres';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';

/** What a shop holds. */
export interface ShopSize {
  products: number;
  shoppers: number;
  /** Each shopper has so many interactions on average, from 1 to twice as many less 1. */
  interactionsEach: number;
}

const clusters = 200;
const ownClusterShare = 0.8;
const dayMs = 86_400_000;
const daysBack = 60;
const hourMs = 3_600_000;
const yearOneMs = Date.parse('0001-01-01T00:00:00Z');
const bytesEach = 15;
const chunk = 5_000;

/** Numbers in [0, 1) that follow from the seed. */
export const randomFrom = (seed: number) => {
  const generator = mersenne(seed);
  return () => uniformFloat64(generator);
};

export const shopperId = (n: number): string => `0198c1de-3b00-7000-8000-${n.toString(16).padStart(12, '0')}`;

/**
 * Fills the tables of the recommendation service, as its projections would: shoppers like the products of one of 200
 * clusters, and the popular ones of all, both by Zipf's law. The layout is that of its history-codec.ts. Returns the ids
 * of the products. Tables that are full already stay as they are.
 */
export const fillTables = async (sql: postgres.Sql, size: ShopSize): Promise<string[]> => {
  await sql`set transaction_timeout = 0`;
  const before = await sql<{ product_id: string }[]>`select product_id from products order by product_id`;
  if (before.length > 0) return before.map(({ product_id }) => product_id);
  await sql`
    insert into products (product_id, version, name, price_minor, currency, category, available)
    select uuidv7(), 1, 'Product ' || n, 1000, 'USD', 'Category ' || n % 50, true
    from generate_series(1, ${size.products}::integer) as n`;
  const rows = await sql<{ product_id: string; key: number }[]>`
    select product_id, product_key::float8 as key from products order by product_id`;
  const keys = rows.map(({ key }) => key);
  await sql`alter table product_shoppers drop constraint product_shoppers_pkey`;
  await sql`create unlogged table entries (product_key bigint, hour integer, shopper_key bigint)`;
  const random = randomFrom(7);
  const now = Date.now();
  for (let first = 0; first < size.shoppers; first += chunk) {
    const histories: string[] = [];
    const entries: string[] = [];
    for (let n = first; n < Math.min(size.shoppers, first + chunk); n++) {
      const shopper = shopperKey(shopperId(n));
      const times = pick(keys, size, random, now);
      histories.push(`${shopper}\t\\\\x${encode(times)}\n`);
      for (const [key, atMs] of times) entries.push(`${key}\t${Math.floor(atMs / hourMs)}\t${shopper}\n`);
    }
    await copy(await sql`copy shoppers (shopper_key, history) from stdin`.writable(), histories.join(''));
    await copy(
      await sql`copy entries (product_key, hour, shopper_key) from stdin`.writable(),
      entries.join(''),
    );
  }
  // As they come in a shop, one after the other: so the newest lie beside each other.
  await sql`
    insert into product_shoppers (product_key, hour, shopper_key)
    select product_key, hour, shopper_key from entries order by hour`;
  await sql`drop table entries`;
  await sql`alter table product_shoppers add primary key (product_key, hour, shopper_key)`;
  await sql`
    update products p set shoppers = counted.shoppers, weight = counted.shoppers, log_weight = ln(counted.shoppers)
    from (select product_key, count(*)::integer as shoppers from product_shoppers group by 1) as counted
    where p.product_key = counted.product_key`;
  await sql`vacuum analyze products`;
  await sql`vacuum analyze shoppers`;
  await sql`vacuum analyze product_shoppers`;
  return rows.map(({ product_id }) => product_id);
};

/** Products with the times of the interactions, newest first. */
const pick = (
  keys: readonly number[],
  size: ShopSize,
  random: () => number,
  now: number,
): [number, number][] => {
  const inCluster = Math.ceil(keys.length / clusters);
  const start = Math.floor(random() * clusters) * inCluster;
  const count = 1 + Math.floor(random() * (2 * size.interactionsEach - 1));
  const times = new Map<number, number>();
  for (let n = 0; n < count; n++) {
    const place = random() < ownClusterShare ? start + zipf(inCluster, random) : zipf(keys.length, random);
    times.set(keys[place % keys.length] as number, now - Math.floor(random() * daysBack * dayMs));
  }
  return [...times].sort(([, a], [, b]) => b - a);
};

/** A rank from 0, the lower the likelier: the inverse of the continuous law with exponent 1. */
const zipf = (count: number, random: () => number): number => Math.floor(count ** random()) - 1;

const encode = (times: readonly [number, number][]): string => {
  const bytes = Buffer.alloc(times.length * bytesEach);
  for (const [place, [key, atMs]] of times.entries()) {
    bytes.writeDoubleLE(key, place * bytesEach);
    bytes.writeUIntLE(atMs - yearOneMs, place * bytesEach + 8, 6);
  }
  return bytes.toString('hex');
};

const shopperKey = (id: string): string =>
  createHash('sha256').update(id).digest().readBigInt64BE().toString();

const copy = async (stream: NodeJS.WritableStream, text: string): Promise<void> => {
  stream.end(text);
  await once(stream, 'finish');
};
