import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { ProductShopper } from './changes.ts';
import type { ShopperFacts } from './facts.ts';
import { decodeHistory, encodeHistory } from './history-codec.ts';
import type { Interaction } from './interaction.ts';

/**
 * The histories of the shoppers that facts name, null for deleted users, locked in the order of the keys until the
 * transaction ends: whatever changes a shopper, from either topic, waits here. Who is not known yet gets an empty one,
 * unless the facts only take something back.
 */
export const lockHistories = async (
  tx: TransactionSql,
  shoppers: ReadonlyMap<string, ShopperFacts>,
): Promise<Map<string, Interaction[] | null>> => {
  if (shoppers.size === 0) return new Map();
  const lock = () => tx<{ shopper_key: string; history: Buffer | null }[]>`
    select shopper_key::text, history from shoppers
    where shopper_key = any(${`{${[...shoppers.keys()].join()}}`}::text::bigint[])
    order by shoppers.shopper_key for update`;
  let rows = await lock();
  const known = new Set(rows.map(({ shopper_key }) => shopper_key));
  const unknown = [...shoppers].filter(
    ([key, { added, erased }]) => !known.has(key) && (added.length > 0 || erased),
  );
  if (unknown.length > 0) {
    await tx`
      insert into shoppers (shopper_key, history)
      select key, '' from unnest(${`{${unknown.map(([key]) => key).join()}}`}::text::bigint[]) as key order by key
      on conflict (shopper_key) do nothing`;
    rows = await lock();
  }
  return new Map(rows.map(({ shopper_key, history }) => [shopper_key, history && decodeHistory(history)]));
};

/** Stores histories of shoppers that are locked. */
export const saveHistories = async (
  tx: TransactionSql,
  histories: ReadonlyMap<string, Interaction[] | null>,
): Promise<void> => {
  if (histories.size === 0) return;
  const texts = [...histories.values()].map((history) => history && encodeHistory(history).toString('hex'));
  await tx`
    update shoppers s set history = decode(changed.history, 'hex')
    from unnest(${arrayText([...histories.keys()])}::text::bigint[], ${arrayText(texts)}::text::text[])
      as changed (shopper_key, history)
    where s.shopper_key = changed.shopper_key`;
};

/** Replaces rows of shoppers that are locked. No row is in both lists. */
export const saveProductShoppers = async (
  tx: TransactionSql,
  { come, gone }: { come: readonly ProductShopper[]; gone: readonly ProductShopper[] },
): Promise<void> => {
  if (come.length + gone.length === 0) return;
  const rows = (list: readonly ProductShopper[]) => tx`
    unnest(${arrayText(list.map(({ product }) => product))}::text::bigint[],
      ${arrayText(list.map(({ hour }) => hour))}::text::integer[],
      ${arrayText(list.map(({ shopper }) => shopper))}::text::bigint[])`;
  await tx`
    with gone as (
      delete from product_shoppers s using ${rows(gone)} as r (product_key, hour, shopper_key)
      where s.product_key = r.product_key and s.hour = r.hour and s.shopper_key = r.shopper_key)
    insert into product_shoppers (product_key, hour, shopper_key)
    select product_key, hour, shopper_key from ${rows(come)} as r (product_key, hour, shopper_key)
    order by product_key, hour, shopper_key`;
};

/** An array as Postgres reads it, of values without special characters. */
const arrayText = (values: readonly (string | number | null)[]): string =>
  `{${values.map((value) => (value === '' ? '""' : (value ?? 'NULL'))).join()}}`;
