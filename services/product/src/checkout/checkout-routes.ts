import { orderUid } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { requireOwner } from '@souk/service-kit/access/enforce-access.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { checkoutReaders, checkoutWriters } from '../access.ts';
import { checkoutNotFound } from './checkout-problems.ts';
import { CheckoutBody, CheckoutConflict, CheckoutView, viewCheckout } from './checkout-schemas.ts';
import type { Checkouts } from './checkouts.ts';

const tags = ['checkouts'];
const defaultProvider = 'test';

/** Makes orders of carts, and shows where they stand. */
export const checkoutRoutes = (http: Http, checkouts: Checkouts): void => {
  http.post(
    '/api/v1/checkouts',
    {
      config: { access: checkoutWriters, idempotent: { personal: 'user_id' } },
      schema: {
        tags,
        operationId: 'checkOut',
        summary: 'Make an order of the cart of a user',
        description:
          'With the prices and the stock of now: what is different from what the cart says is answered with 409, and ' +
          'ordered when the request comes again with its `confirm`. What was ordered leaves the cart.',
        body: CheckoutBody,
        response: { 201: CheckoutView, ...problems(404), 409: CheckoutConflict },
      },
    },
    async ({ body }, reply) => {
      const checkout = await checkouts.checkOut({
        userId: body.user_id.toLowerCase(),
        cartVersion: body.cart_version,
        delivery: body.delivery,
        provider: body.payment?.provider ?? defaultProvider,
        confirm: body.confirm,
      });
      reply.header('location', `/api/v1/checkouts/${checkout.orderUid}`);
      return reply.code(201).send(viewCheckout(checkout));
    },
  );

  http.get(
    '/api/v1/checkouts/:id',
    {
      config: { access: checkoutReaders },
      schema: {
        tags,
        operationId: 'getCheckout',
        summary: 'Where a checkout stands',
        params: Type.Object({ id: orderUid() }),
        response: { 200: CheckoutView, ...problems(404) },
      },
    },
    async (request) => {
      const checkout = await checkouts.find(request.params.id);
      await requireOwner(request, () => checkout?.userId);
      if (!checkout) throw checkoutNotFound();
      return viewCheckout(checkout);
    },
  );
};
