import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import { type Order, orders } from '@souk/contracts/orders.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { type BrokersOptions, findBrokers } from '../client/kafka-brokers.ts';
import type { ServiceUrlOptions } from '../client/service-urls.ts';

/** How outside systems order: by way of the topic where the mesh's Kafka is known, else over HTTP. */
export const openOutsideOrders = async (
  { product }: Pick<SoukClient, 'product'>,
  options: BrokersOptions & ServiceUrlOptions,
) => {
  const brokers = findBrokers(options);
  const sender = brokers === undefined ? undefined : await openSender(brokers, 'souk-demo');
  return {
    /** The same order again changes nothing. */
    sendOrder: async (order: Order): Promise<void> => {
      if (sender) await sender.send(orders.name, [{ key: order.order_uid, value: JSON.stringify(order) }]);
      else dataOf(await product.POST('/api/v1/orders', { body: order }));
    },
    close: async (): Promise<void> => sender?.close(),
  };
};
