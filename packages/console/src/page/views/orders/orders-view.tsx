import { dataOf, souk } from '../../lib/api.ts';
import { count, duration, money } from '../../lib/format.ts';
import { param, setParams, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Choice } from '../../parts/choice.tsx';
import { Filter } from '../../parts/filter.tsx';
import { Id } from '../../parts/id.tsx';
import { Pages } from '../../parts/pages.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { OrderPanel } from './order-panel.tsx';
import { type OrderStatus, ordersChanged, StatusTag, statuses } from './order-status.tsx';

const pageSize = 50;

interface OrderRow {
  order_uid: string;
  customer_id: string;
  status: OrderStatus;
  backordered: boolean;
  amount: number;
  currency: string;
  item_count: number;
  received_at: string;
  redacted_at: string | null;
}

/** What was ordered. */
export const OrdersView = () => {
  const uid = param('uid');
  return (
    <View title="Orders" lead="What was ordered, how far each order is, and what helps those that are stuck.">
      <StuckOrders />
      <div class={uid ? 'split' : undefined}>
        <OrderList chosen={uid} />
        {uid && <OrderPanel key={uid} uid={uid} />}
      </div>
    </View>
  );
};

const columns: Column<OrderRow>[] = [
  {
    title: 'Order',
    cell: ({ order_uid }) => <Id id={order_uid} href={withParams({ uid: order_uid })} />,
  },
  {
    title: 'Status',
    cell: ({ status, backordered }) => (
      <>
        <StatusTag status={status} /> {backordered && <span class="tag warn">back order</span>}
      </>
    ),
  },
  { title: 'Amount', isFigure: true, cell: ({ amount, currency }) => money(amount, currency) },
  { title: 'Items', isFigure: true, isExtra: true, cell: ({ item_count }) => count(item_count) },
  {
    title: 'Customer',
    isExtra: true,
    cell: ({ customer_id, redacted_at }) =>
      redacted_at ? (
        <span class="muted">erased</span>
      ) : (
        <Id id={customer_id} href={`/users?id=${customer_id}`} />
      ),
  },
  { title: 'Came', cell: ({ received_at }) => <Time at={received_at} as="ago" /> },
];

const OrderList = ({ chosen }: { chosen: string }) => {
  const [customer_id, cursor] = [param('customer'), param('cursor')];
  const status = statuses.find((one) => one === param('status'));
  const query = {
    limit: pageSize,
    ...(customer_id && { customer_id }),
    ...(status && { status }),
    ...(cursor && { cursor }),
  };
  const loaded = useLoad(
    (signal) => dataOf(souk.product.GET('/api/v1/orders', { params: { query }, signal })),
    `orders ${JSON.stringify(query)} ${ordersChanged.value}`,
  );
  return (
    <Panel title="Orders" note="newest first">
      <div class="row">
        <Filter name="customer" label="Of this customer" />
        <Choice
          label="Status"
          options={[['', 'All'] as const, ...statuses.map((one) => [one, one] as const)]}
          value={status ?? ''}
          onChange={(value) => setParams({ status: value, cursor: '' })}
        />
      </div>
      <LoadedPart
        loaded={loaded}
        what="the orders"
        isEmpty={({ items }) => items.length === 0}
        empty="There are no such orders."
      >
        {({ items, next_cursor }) => (
          <>
            <Table
              label="Orders"
              columns={columns}
              rows={items}
              keyOf={({ order_uid }) => order_uid}
              isMarked={({ order_uid }) => order_uid === chosen}
            />
            <Pages cursor={cursor} next={next_cursor} />
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};

const reasons = {
  cart_not_cleared: 'the cart was not emptied',
  unpaid_overdue: 'not paid in time',
  refund_due: 'a refund is due',
  not_sent: 'paid and not sent',
} as const;

const StuckOrders = () => {
  const loaded = useLoad(
    (signal) =>
      dataOf(souk.product.GET('/api/v1/stuck-orders', { params: { query: { limit: 20 } }, signal })),
    `stuck ${ordersChanged.value}`,
    { everyMs: 10_000 },
  );
  if (loaded.error === undefined && (loaded.data?.items.length ?? 0) === 0) return null;
  return (
    <Panel title="Stuck orders" note="they need somebody">
      <LoadedPart loaded={loaded} what="the stuck orders">
        {({ items }) => (
          <Table
            label="Stuck orders"
            rows={items}
            keyOf={({ order_uid, reason }) => `${order_uid} ${reason}`}
            columns={[
              {
                title: 'Order',
                cell: ({ order_uid }) => <Id id={order_uid} href={withParams({ uid: order_uid })} />,
              },
              { title: 'Why', cell: ({ reason }) => reasons[reason] },
              {
                title: 'For',
                isFigure: true,
                cell: ({ since }) => duration(Math.max(0, Date.now() - Date.parse(since))),
              },
              {
                title: 'Due',
                isFigure: true,
                cell: ({ amount, currency }) => (amount === null ? '–' : money(amount, currency)),
              },
              { title: 'What helps', isExtra: true, cell: ({ remedy }) => remedy },
            ]}
          />
        )}
      </LoadedPart>
    </Panel>
  );
};
