import type { Order } from '@souk/contracts/orders.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import type { Page } from 'playwright-core';
import type { TestConsole } from '../testing/test-console.ts';

/** A mesh with a console, and a browser in which an admin is logged in. */
export interface Scene {
  shop: TestConsole;
  page: Page;
  newPage(): Promise<Page>;
  /** The id of a user, and of a product called Lamp. */
  user: string;
  lamp: string;
}

export const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

/** Writes one message to Kafka, past every service. */
export const write = async (
  { mesh }: TestConsole,
  topic: string,
  message: { key: string; value: string; headers?: Record<string, string> },
): Promise<void> => {
  const sender = await openSender(mesh.broker.brokers);
  try {
    await sender.send(topic, [message]);
  } finally {
    await sender.close();
  }
};

/** Writes an order that its contract refuses: its amount is negative. */
export const writeBadOrder = (shop: TestConsole, order: Order): Promise<void> => {
  const bad = { ...order, payment: { ...order.payment, amount: -1 } };
  return write(shop, 'orders', { key: order.order_uid, value: JSON.stringify(bad) });
};
