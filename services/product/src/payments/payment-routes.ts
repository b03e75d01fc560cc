import { orderUid } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { time } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { Money, toMinor } from '@souk/service-kit/money.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { invalidRequest, problem, problems } from '@souk/service-kit/problem.ts';
import { retryingDeadlocks } from '../catalogue/product-repository.ts';
import { providerPattern } from '../checkout/checkout-schemas.ts';
import { keepBodies } from '../keep-bodies.ts';
import type { OrderMetrics } from '../orders/order-metrics.ts';
import { OrderStatus } from '../orders/order-schemas.ts';
import { type PaymentMessage, takePayment } from './payment.ts';
import type { ProviderSecrets } from './provider-secrets.ts';
import { isSigned, signaturePattern } from './signature.ts';

const bodyLimitBytes = 16_384;

const Message = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$', description: 'the same again is a repeat' }),
  type: Type.Enum(['payment.succeeded', 'payment.failed', 'payment.refunded']),
  order_uid: orderUid(),
  amount: Money({ decimals: 4, description: 'major units of the currency' }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
  occurred_at: time(),
});

interface PaymentParts {
  db: Database;
  secrets: ProviderSecrets;
  metrics: OrderMetrics;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** Takes the messages of payment providers. In a scope of its own, which keeps the bytes that are signed. */
export const paymentRoutes = async (http: Http, parts: PaymentParts): Promise<void> => {
  await http.register(async (scope) => webhookRoute(scope as Http, parts));
};

const webhookRoute = (scope: Http, { db, secrets, metrics, onCommitted }: PaymentParts): void => {
  const bytesOf = keepBodies(scope);
  scope.post(
    '/api/v1/payments/webhook/:provider',
    {
      bodyLimit: bodyLimitBytes,
      // Whoever has the provider's secret: it is the signature that counts.
      config: { access: 'anyone', idempotent: false },
      schema: {
        tags: ['payments'],
        operationId: 'receivePayment',
        summary: 'Take the signed message of a payment provider',
        description:
          'The order of the messages does not matter, and a repeat changes nothing. The signature is ' +
          '`t=<Unix seconds>,v1=<hex of the HMAC-SHA256 of "<t>.<body>">`, not older than five minutes.',
        params: Type.Object({ provider: Type.String({ pattern: providerPattern }) }),
        headers: Type.Object({ 'souk-signature': Type.String({ pattern: signaturePattern }) }),
        body: Message,
        response: {
          200: Type.Object({ outcome: Type.Enum(['applied', 'repeated']), status: OrderStatus }),
          ...problems(401, 404, 409),
        },
      },
    },
    async (request) => {
      const { params, headers, body } = request;
      const secret = secrets.get(params.provider);
      if (secret === undefined) throw problem(404, 'provider_not_found', 'no such provider is known here');
      if (!isSigned(secret, headers['souk-signature'], bytesOf(request), Date.now()))
        throw problem(401, 'signature_invalid', 'the message is not signed with the secret, or too old');
      const message: PaymentMessage = {
        provider: params.provider,
        id: body.id,
        orderUid: body.order_uid,
        kind: kinds[body.type],
        amountMinor: minorOf(body.amount, body.currency),
        currency: body.currency,
        occurredAt: new Date(body.occurred_at),
      };
      const outcome = await retryingDeadlocks(db, 'take_payment', (tx) =>
        takePayment(tx, message, new Date()),
      );
      if (outcome.outcome === 'applied') metrics.payment(message.kind);
      onCommitted();
      return outcome;
    },
  );
};

const kinds = {
  'payment.succeeded': 'succeeded',
  'payment.failed': 'failed',
  'payment.refunded': 'refunded',
} as const;

const minorOf = (amount: number, currency: string): number => {
  try {
    return toMinor(amount, currency);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidRequest('body', [{ field: 'amount', message: error.message }]);
  }
};
