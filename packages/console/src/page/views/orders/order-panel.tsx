import { useState } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { ifMatch, isApiError, souk } from '../../lib/api.ts';
import { count } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Detail } from '../../parts/detail.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Load } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { nextSteps, type OrderStatus, ordersChanged, StatusTag } from './order-status.tsx';
import { type OrderState, TakeBack } from './take-back.tsx';

const path = '/api/v1/orders/{order_uid}';
const steps = ['created', 'paid', 'shipped', 'delivered'] as const;

/** One order: how far it is, its steps, and the document as it came. */
export const OrderPanel = ({ uid }: { uid: string }) => {
  const loaded = useLoad(addressOf('product', `${path}/status`, { order_uid: uid }), {
    everyMs: 5_000,
    changed: ordersChanged.value,
  });
  return (
    <Detail title="Order" opener="uid" loaded={loaded} what="the order" gone="There is no such order.">
      {(state) => (
        <>
          <p class="detail-title">{uid}</p>
          <p>
            <StatusTag status={state.status} />{' '}
            {state.backordered && <span class="tag warn">back order</span>}
          </p>
          <Life state={state} />
          {state.pay_until && (
            <p class="small">
              Cancelled unless it is paid by <Time at={state.pay_until} />.
            </p>
          )}
          {hasRole('staff') && <Steps state={state} />}
          <Items state={state} />
          <History state={state} />
          <Document uid={uid} />
          <p class="actions">
            <a href={`/events?order=${uid}`}>Its events</a>
          </p>
        </>
      )}
    </Detail>
  );
};

/** Its life cycle, with the time of each step. */
const Life = ({ state: { status, history } }: { state: OrderState }) => {
  const reachedAt = (step: OrderStatus) => history.find((entry) => entry.status === step)?.at;
  const shown: readonly OrderStatus[] =
    status === 'cancelled' ? [...steps.filter((step) => reachedAt(step)), 'cancelled'] : steps;
  return (
    <ol class="steps across">
      {shown.map((step) => (
        <li key={step} class={step === 'cancelled' ? 'ended' : reachedAt(step) ? 'reached' : undefined}>
          <strong>{step}</strong>
          <Time at={reachedAt(step)} as="ago" />
        </li>
      ))}
    </ol>
  );
};

/** What can be done with it now. Each step names the version that was looked at. */
const Steps = ({ state }: { state: OrderState }) => {
  const [error, setError] = useState<unknown>();
  const [dialog, setDialog] = useState<'cancel' | 'return'>();
  const { order_uid, version, status } = state;
  // Until it is seen as it is then: a second click would meet the version that the first one has made.
  const [movedVersion, setMovedVersion] = useState<number>();
  const move = async (next: OrderStatus) => {
    setError(undefined);
    setMovedVersion(version);
    await souk.product
      .PATCH(`${path}/status`, {
        params: { path: { order_uid }, header: ifMatch(version) },
        body: { status: next },
      })
      .catch((failure) => {
        setError(failure);
        setMovedVersion(undefined);
      });
    ordersChanged.value += 1;
  };
  const mayCancel = status === 'created' || status === 'paid';
  const mayReturn = status === 'shipped' || status === 'delivered';
  return (
    <>
      <p class="actions">
        {nextSteps[status].map((next) => (
          <button
            key={next}
            type="button"
            class="primary"
            disabled={movedVersion === version}
            onClick={() => move(next)}
          >
            Mark as {next}
          </button>
        ))}
        {mayCancel && (
          <button type="button" disabled={movedVersion === version} onClick={() => setDialog('cancel')}>
            Cancel…
          </button>
        )}
        {mayReturn && (
          <button type="button" onClick={() => setDialog('return')}>
            Take back…
          </button>
        )}
      </p>
      {error !== undefined &&
        (isApiError(error) && error.status === 412 ? (
          <p class="notice warn" role="alert">
            Somebody else moved this order in the meantime. Nothing was changed: look at it as it is now.
          </p>
        ) : (
          <Failure error={error} what="the step" />
        ))}
      {dialog && <TakeBack kind={dialog} state={state} onClose={() => setDialog(undefined)} />}
    </>
  );
};

const Items = ({ state }: { state: OrderState }) => (
  <>
    <h3>Items</h3>
    <Table
      label="Items"
      rows={state.items}
      keyOf={({ line }) => `${line}`}
      columns={[
        ['Line', ({ line }) => line, 'figure'],
        ['Product', ({ sku, product_id }) => <a href={`/catalogue?id=${product_id}`}>{sku}</a>],
        ['Quantity', ({ quantity }) => count(quantity), 'figure'],
        [
          'Taken back',
          ({ cancelled_quantity, returned_quantity }) => count(cancelled_quantity + returned_quantity),
          'figure',
        ],
        ['Lacking', ({ backordered_quantity }) => count(backordered_quantity), 'figure'],
      ]}
    />
  </>
);

const History = ({ state }: { state: OrderState }) => (
  <>
    <h3>History</h3>
    <ul class="small">
      {state.history.map(({ version, status, at, taken_back, items, reason }) => (
        <li key={version}>
          <Time at={at} /> {taken_back ?? status}
          {items && `: ${items.map(({ line, quantity }) => `${quantity} of line ${line}`).join(', ')}`}
          {reason && <span class="muted"> “{reason}”</span>}
        </li>
      ))}
    </ul>
  </>
);

/** As it came. */
const Document = ({ uid }: { uid: string }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The document, with personal data</summary>
      {isOpen && (
        <Load from={addressOf('product', path, { order_uid: uid })} what="the document">
          {(document) => <pre class="document">{JSON.stringify(document, null, 2)}</pre>}
        </Load>
      )}
    </details>
  );
};
