import { useState } from 'preact/hooks';
import { v4 as uuidv4 } from 'uuid';
import type { AnswerTo } from '../../lib/address.ts';
import { souk } from '../../lib/api.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { ordersChanged } from './order-status.tsx';

export type OrderState = AnswerTo<'product', '/api/v1/orders/{order_uid}/status'>;

interface TakeBackProps {
  kind: 'cancel' | 'return';
  state: OrderState;
  onClose: () => void;
}

const words = {
  cancel: { title: 'Cancel', action: 'Cancel these', path: '/api/v1/orders/{order_uid}/cancellations' },
  return: { title: 'Take back', action: 'Take these back', path: '/api/v1/orders/{order_uid}/returns' },
} as const;

/** Takes lines of an order back, before it was sent or after. */
export const TakeBack = ({ kind, state, onClose }: TakeBackProps) => {
  const left = state.items
    .map(({ line, sku, quantity, cancelled_quantity, returned_quantity }) => ({
      line,
      sku,
      quantity: quantity - cancelled_quantity - returned_quantity,
    }))
    .filter(({ quantity }) => quantity > 0);
  const [chosen, setChosen] = useState(new Map(left.map(({ line, quantity }) => [line, quantity])));
  const [reason, setReason] = useState('');
  // The same for every try of this dialog, so that a repeat does nothing twice. Browsers have crypto.randomUUID over TLS
  // and on the loopback alone.
  const [id] = useState(() => uuidv4());
  const { title, action, path } = words[kind];
  const items = [...chosen]
    .filter(([, quantity]) => quantity > 0)
    .map(([line, quantity]) => ({ line, quantity }));
  const confirm = async () => {
    await souk.product.POST(path, {
      params: { path: { order_uid: state.order_uid } },
      body: { id, items, ...(reason && { reason }) },
    });
    ordersChanged.value += 1;
  };
  return (
    <Confirm
      title={`${title}: ${state.order_uid}`}
      action={action}
      isDangerous
      onConfirm={confirm}
      onClose={onClose}
    >
      <p class="small">
        Stock and revenue follow at once. This cannot be taken back. The reason is never published, and erased
        with the customer.
      </p>
      {left.map(({ line, sku, quantity }) => (
        <label key={line}>
          Line {line}, {sku}: how many of {quantity}
          <input
            type="number"
            min="0"
            max={quantity}
            value={chosen.get(line) ?? 0}
            onInput={(event) => setChosen(new Map(chosen).set(line, Number(event.currentTarget.value)))}
          />
        </label>
      ))}
      <label>
        Reason
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
    </Confirm>
  );
};
