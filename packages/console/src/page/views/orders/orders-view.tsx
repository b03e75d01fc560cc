import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { count, duration, money } from '../../lib/format.ts';
import { param, setParams, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Choice } from '../../parts/choice.tsx';
import { Filter } from '../../parts/filter.tsx';
import { Id } from '../../parts/id.tsx';
import { Listing } from '../../parts/listing.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { OrderPanel } from './order-panel.tsx';
import { ordersChanged, StatusTag, statuses } from './order-status.tsx';

const pageSize = 50;

const path = '/api/v1/orders';
type OrderRow = AnswerTo<'product', typeof path>['items'][number];

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
  ['Order', ({ order_uid }) => <Id id={order_uid} href={withParams({ uid: order_uid })} />],
  [
    'Status',
    ({ status, backordered }) => (
      <>
        <StatusTag status={status} /> {backordered && <span class="tag warn">back order</span>}
      </>
    ),
  ],
  ['Amount', ({ amount, currency }) => money(amount, currency), 'figure'],
  ['Items', ({ item_count }) => count(item_count), 'extra figure'],
  [
    'Customer',
    ({ customer_id, redacted_at }) =>
      redacted_at ? (
        <span class="muted">erased</span>
      ) : (
        <Id id={customer_id} href={`/users?id=${customer_id}`} />
      ),
    'extra',
  ],
  ['Came', ({ received_at }) => <Time at={received_at} as="ago" />],
];

const OrderList = ({ chosen }: { chosen: string }) => {
  const [customer_id, cursor] = [param('customer'), param('cursor')];
  const status = statuses.find((one) => one === param('status'));
  return (
    <Listing
      label="Orders"
      what="the orders"
      note="newest first"
      empty="There are no such orders."
      loaded={useLoad(addressOf('product', path, { customer_id, status, cursor, limit: pageSize }), {
        changed: ordersChanged.value,
      })}
      columns={columns}
      keyOf={({ order_uid }) => order_uid}
      isMarked={({ order_uid }) => order_uid === chosen}
    >
      <Filter name="customer" label="Of this customer" />
      <Choice
        label="Status"
        options={[['', 'All'] as const, ...statuses.map((one) => [one, one] as const)]}
        value={status ?? ''}
        onChange={(value) => setParams({ status: value, cursor: '' })}
      />
    </Listing>
  );
};

const reasons = {
  cart_not_cleared: 'the cart was not emptied',
  unpaid_overdue: 'not paid in time',
  refund_due: 'a refund is due',
  not_sent: 'paid and not sent',
} as const;

const stuckMax = 20;

const StuckOrders = () => {
  const loaded = useLoad(addressOf('product', '/api/v1/stuck-orders', { limit: stuckMax }), {
    everyMs: 10_000,
    changed: ordersChanged.value,
  });
  if (loaded.error === undefined && (loaded.data?.items.length ?? 0) === 0) return null;
  return (
    <Panel
      title="Stuck orders"
      note={
        (loaded.data?.items.length ?? 0) < stuckMax
          ? 'they need somebody'
          : `the ${stuckMax} that have needed somebody the longest: souk orders stuck lists more`
      }
    >
      <LoadedPart loaded={loaded} what="the stuck orders">
        {({ items }) => (
          <Table
            label="Stuck orders"
            rows={items}
            keyOf={({ order_uid, reason }) => `${order_uid} ${reason}`}
            columns={[
              ['Order', ({ order_uid }) => <Id id={order_uid} href={withParams({ uid: order_uid })} />],
              ['Why', ({ reason }) => reasons[reason]],
              ['For', ({ since }) => duration(Math.max(0, Date.now() - Date.parse(since))), 'figure'],
              ['Due', ({ amount, currency }) => (amount === null ? '–' : money(amount, currency)), 'figure'],
              ['What helps', ({ remedy }) => remedy, 'extra'],
            ]}
          />
        )}
      </LoadedPart>
    </Panel>
  );
};
