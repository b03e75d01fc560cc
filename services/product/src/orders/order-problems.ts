import { problem } from '@souk/service-kit/problem.ts';
import type { OrderStatus } from './order.ts';

export const orderNotFound = () => problem(404, 'order_not_found', 'there is no order with this uid');

export const orderConflict = () =>
  problem(409, 'order_conflict', 'another document is stored under this order_uid', {
    errors: [{ field: 'order_uid', message: 'is the uid of another document' }],
  });

export const impossibleStep = (before: OrderStatus, after: OrderStatus) =>
  problem(409, 'impossible_step', `an order that is ${before} cannot become ${after}`, {
    errors: [{ field: 'status', message: `cannot follow ${before}` }],
  });
