import { dataOf, souk } from '../../lib/api.ts';
import { count, many } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import type { EventLife } from './event-life.ts';

const popularMax = 100;

/** What the event's product has become: its place among the popular ones, and its figures of today. */
export const WhatFollowed = ({ life }: { life: EventLife }) => {
  const { product, user, order } = subjectsOf(life);
  if (!product && !user && !order) return null;
  return (
    <>
      <h3>What followed</h3>
      {product && <ProductNow id={product} />}
      <p class="links">
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
  const loaded = useLoad(async (signal) => {
    const [popular, series] = await Promise.all([
      dataOf(
        souk.recommendation.GET('/api/v1/recommendations', {
          params: { query: { strategy: 'popular', limit: popularMax } },
          signal,
        }),
      ),
      dataOf(
        souk.analytics.GET('/api/v1/analytics/products/{id}', {
          params: { path: { id }, query: { granularity: 'day' } },
          signal,
        }),
      ),
    ]);
    return {
      place: popular.items.findIndex((item) => item.product_id === id) + 1,
      today: series.items.at(-1),
    };
  }, `product now ${id}`);
  const { data } = loaded;
  if (!data)
    return (
      <p class="small muted">{loaded.error ? 'Its figures cannot be had now.' : 'Asking for its figures…'}</p>
    );
  const { place, today } = data;
  return (
    <p class="small">
      {place > 0
        ? `Number ${count(place)} of the popular products`
        : `Not among the ${popularMax} most popular products`}
      {today && `; today ${many(today.views, 'view')}, ${many(today.purchases, 'purchase')}`}.
    </p>
  );
};

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const orderUid = /^[\w-]{1,64}$/;

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
