import { decimalsOf, minorDecimalsOf } from '@souk/contracts/currency.ts';
import { minorUnitsMax } from '@souk/service-kit/money.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

/**
 * What came in for an order, less what was paid back, and what is due for what is left of it, up to `minorUnitsMax`. In
 * minor units.
 */
export interface Balance {
  orderUid: string;
  receivedMinor: number;
  dueMinor: number;
}

/** The balances of these orders, which the caller holds locked. */
export const readBalances = async (tx: TransactionSql, orderUids: readonly string[]): Promise<Balance[]> => {
  const rows = await tx<BalanceRow[]>`
    select order_uid as "orderUid", currency, received, priced, parts,
      -- Delivery and fees are due as long as anything is left.
      case when pieces = 0 then 0 else (content #>> '{payment,delivery_cost}')::numeric::bigint
        + (content #>> '{payment,custom_fee}')::numeric::bigint end as fees
    from orders
      cross join lateral (
        -- From the topic come escapes that Postgres does not read: U+0000 and halves of surrogate pairs.
        -- Without offset 0 a document, of up to 1 MiB, would be read again wherever content is named.
        select regexp_replace(document, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\u0020', 'gi')::json as content offset 0
      ) as readable
      cross join lateral (
        select coalesce(sum(case kind when 'succeeded' then amount_minor when 'refunded' then -amount_minor else 0 end),
          0)::bigint as received
        from payment_messages where payment_messages.order_uid = orders.order_uid
      ) as told
      cross join lateral (
        select coalesce(sum(left_over), 0)::bigint as pieces,
          least(coalesce(sum(left_over * unit_price_minor) filter (where total is null), 0), ${minorUnitsMax})::bigint as priced,
          coalesce(json_agg(json_build_object('total', total, 'quantity', quantity, 'left', left_over))
            filter (where total is not null and left_over > 0), '[]') as parts
        from (
          select quantity, quantity - cancelled_quantity - returned_quantity as left_over, unit_price_minor,
            case when item -> 'unit_price_minor' is null then (item ->> 'total_price')::numeric::bigint end as total
          from order_items
            left join json_array_elements(content -> 'items') with ordinality as described (item, line)
              using (line)
          where order_items.order_uid = orders.order_uid
        ) as items
      ) as kept
    where order_uid = any(${orderUids}::text[])`;
  return rows.map(({ orderUid, currency, received, priced, parts, fees }) => {
    const dueMinor = parts.reduce(
      (sum, part) => sum + shareDueMinor(part, currency),
      priced + fees * 10 ** minorDecimalsOf(currency),
    );
    return { orderUid, receivedMinor: received, dueMinor: Math.min(dueMinor, minorUnitsMax) };
  });
};

interface BalanceRow {
  orderUid: string;
  currency: string;
  received: number;
  /** What is left of lines with an exact unit price, in minor units. */
  priced: number;
  /** Of the other lines, those of which something is left. */
  parts: LinePart[];
  /** Whole units. */
  fees: number;
}

/** What is left of a line that has only a total, in whole units. */
export interface LinePart {
  total: number;
  quantity: number;
  left: number;
}

/** The share of the total, in minor units, rounded to an amount that the currency has: so it can be paid and paid back. */
export const shareDueMinor = ({ total, quantity, left }: LinePart, currency: string): number =>
  Math.round((total * 10 ** decimalsOf(currency) * left) / quantity) *
  10 ** (minorDecimalsOf(currency) - decimalsOf(currency));

/** Whether what came in covers what is due. */
export const isCovered = async (tx: TransactionSql, orderUid: string): Promise<boolean> => {
  const [balance] = await readBalances(tx, [orderUid]);
  return balance !== undefined && balance.receivedMinor >= balance.dueMinor;
};

/** Notes what has to be paid back of these orders, after whatever changed their balances. Doing it again does no harm. */
export const noteRefundsDue = async (
  tx: TransactionSql,
  orderUids: readonly string[],
  now: Date,
): Promise<void> => {
  const balances = await readBalances(tx, orderUids);
  await tx`
    with given as (
      select order_uid, amount_minor from unnest(
        ${balances.map(({ orderUid }) => orderUid)}::text[],
        ${balances.map(({ receivedMinor, dueMinor }) => receivedMinor - dueMinor)}::bigint[]
      ) as given (order_uid, amount_minor)
    ), gone as (
      delete from refunds_due using given
      where refunds_due.order_uid = given.order_uid and given.amount_minor <= 0
    )
    insert into refunds_due (order_uid, amount_minor, since)
    select order_uid, amount_minor, ${now} from given where amount_minor > 0 order by order_uid
    on conflict (order_uid) do update set amount_minor = excluded.amount_minor`;
};

/** Who tells of money that came by no provider. No provider has such a name. */
export const operator = 'OPERATOR';

/**
 * Notes that what these orders still lacked came in another way, as an operator says who calls them paid: so what is
 * taken back later is due back.
 */
export const notePaidOtherwise = async (
  tx: TransactionSql,
  orderUids: readonly string[],
  now: Date,
): Promise<void> => {
  const lacking = (await readBalances(tx, orderUids)).filter(
    ({ receivedMinor, dueMinor }) => receivedMinor < dueMinor,
  );
  await tx`
    insert into payment_messages (provider, message_id, order_uid, kind, amount_minor, occurred_at, received_at)
    select ${operator}, order_uid, order_uid, 'succeeded', amount_minor, ${now}, ${now}
    from unnest(
      ${lacking.map(({ orderUid }) => orderUid)}::text[],
      ${lacking.map(({ receivedMinor, dueMinor }) => dueMinor - receivedMinor)}::bigint[]
    ) as lacking (order_uid, amount_minor)
    order by order_uid
    on conflict (provider, message_id) do nothing`;
};
