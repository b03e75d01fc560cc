import type { EventLife } from '../../../server/events/event-life.ts';
import { addressOf } from '../../lib/address.ts';
import { count, many } from '../../lib/format.ts';
import { orderUid, uuid } from '../../lib/ids.ts';
import { Load } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';

const popularMax = 100;

/** What the event's product has become: its place among the popular ones, and its figures of today. */
export const WhatFollowed = ({ life }: { life: EventLife }) => {
  const { product, user, order } = subjectsOf(life);
  if (!product && !user && !order) return null;
  return (
    <>
      <h3>What followed</h3>
      {product && <ProductNow id={product} />}
      <p class="actions">
        {product && <a href={`/catalogue?id=${product}`}>Product</a>}
        {product && <a href={`/events?q=${product}`}>Events of the product</a>}
        {user && <a href={`/users?id=${user}`}>User</a>}
        {user && <a href={`/recommendations?user=${user}`}>Recommendations</a>}
        {user && <a href={`/events?q=${user}`}>Events of the user</a>}
        {order && <a href={`/orders?uid=${order}`}>Order</a>}
      </p>
    </>
  );
};

const ProductNow = ({ id }: { id: string }) => {
  const popular = addressOf('recommendation', '/api/v1/recommendations', {
    strategy: 'popular',
    limit: popularMax,
  });
  const today = addressOf('analytics', '/api/v1/analytics/products/{id}', { id, granularity: 'day' });
  return (
    <>
      <Load from={popular} what="the popular products">
        {({ items }) => (
          <p class="small">{placeText(items.findIndex((item) => item.product_id === id) + 1)}</p>
        )}
      </Load>
      {hasRole('analyst') && (
        <Load from={today} what="its figures">
          {({ items }) => (
            <p class="small">
              Today {many(items.at(-1)?.views ?? 0, 'view')}, {many(items.at(-1)?.purchases ?? 0, 'purchase')}
              .
            </p>
          )}
        </Load>
      )}
    </>
  );
};

const placeText = (place: number): string =>
  place > 0
    ? `Number ${count(place)} of the popular products.`
    : `Not among the ${popularMax} most popular products.`;

/** Ids that the event is about. */
const subjectsOf = ({ topic, key, value }: EventLife) => {
  let data: Record<string, unknown> = {};
  try {
    data = JSON.parse(value.text) ?? {};
  } catch {
    // Then the key alone says something.
  }
  const id = (name: string, form = uuid) => {
    const found = data[name];
    return typeof found === 'string' && form.test(found) ? found : undefined;
  };
  const ofKey = key !== null && uuid.test(key) ? key : undefined;
  return {
    product: id('product_id') ?? (topic.startsWith('product-updates') ? ofKey : undefined),
    user: id('user_id') ?? (topic.startsWith('user-updates') ? ofKey : undefined),
    order: id('order_uid', orderUid),
  };
};
