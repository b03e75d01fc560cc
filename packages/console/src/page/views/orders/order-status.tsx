import { signal } from '@preact/signals';

export const statuses = ['created', 'paid', 'shipped', 'delivered', 'cancelled'] as const;
export type OrderStatus = (typeof statuses)[number];

/** One more with every change that this page makes: lists look again. */
export const ordersChanged = signal(0);

/** What may come after each. */
export const nextSteps: Record<OrderStatus, readonly OrderStatus[]> = {
  created: ['paid'],
  paid: ['shipped'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

const tones: Record<OrderStatus, string> = {
  created: '',
  paid: 'warn',
  shipped: 'good',
  delivered: 'good',
  cancelled: 'bad',
};

export const StatusTag = ({ status }: { status: OrderStatus }) => (
  <span class={`tag ${tones[status]}`}>{status}</span>
);
