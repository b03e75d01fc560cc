import { randomUUID } from 'node:crypto';
import { orderUid } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { Money, toMajor, toMinor } from '@souk/service-kit/money.ts';
import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { orderFulfillers } from '../access.ts';
import type { OrderMetrics } from '../orders/order-metrics.ts';
import { orderNotFound } from '../orders/order-problems.ts';
import { OrderParams } from '../orders/order-schemas.ts';
import { operator } from './balance.ts';
import { takePayment } from './payment.ts';

/** Lets operators say that they have paid back what was due, where no provider tells of it. */
export const refundRoutes = (http: Http, { db, metrics }: { db: Database; metrics: OrderMetrics }): void => {
  http.post(
    '/api/v1/orders/:order_uid/refunds',
    {
      config: { access: orderFulfillers, idempotent: true },
      schema: {
        tags: ['payments'],
        operationId: 'noteRefund',
        summary: 'Say that money of an order was paid back, by no provider that tells of it',
        description: 'Not more than is due: GET /api/v1/stuck-orders. It moves no money.',
        params: OrderParams,
        body: Type.Object(
          { amount: Money({ decimals: 4, description: 'major units of the currency of the order' }) },
          { additionalProperties: false, examples: [{ amount: 12.5 }] },
        ),
        response: {
          200: Type.Object({
            order_uid: orderUid(),
            due: Type.Number({ minimum: 0, description: 'still, major units' }),
          }),
          ...problems(404, 409),
        },
      },
    },
    async ({ params: { order_uid }, body }) => {
      const due = await db.transaction('note_refund', (tx) =>
        noteRefund(tx, order_uid, body.amount, new Date()),
      );
      metrics.payment('refunded');
      return { order_uid, due };
    },
  );
};

/** Returns what is still due, in major units. */
const noteRefund = async (tx: TransactionSql, uid: string, amount: number, now: Date): Promise<number> => {
  const [order] = await tx<{ currency: string }[]>`
    select currency from orders where order_uid = ${uid} for update`;
  if (!order) throw orderNotFound();
  const { currency } = order;
  const [due] = await tx<{ amountMinor: number }[]>`
    select amount_minor as "amountMinor" from refunds_due where order_uid = ${uid}`;
  const dueMinor = due?.amountMinor ?? 0;
  const amountMinor = exactMinor(amount, currency);
  if (amountMinor === undefined || amountMinor === 0 || amountMinor > dueMinor)
    throw problem(409, 'not_due', `due back are ${toMajor(dueMinor, currency)} ${currency}`);
  const message = { id: randomUUID(), orderUid: uid, kind: 'refunded', amountMinor, currency } as const;
  await takePayment(tx, { ...message, provider: operator, occurredAt: now }, now);
  return toMajor(dueMinor - amountMinor, currency);
};

/** Undefined for an amount that the currency does not have. */
const exactMinor = (amount: number, currency: string): number | undefined => {
  try {
    return toMinor(amount, currency);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
