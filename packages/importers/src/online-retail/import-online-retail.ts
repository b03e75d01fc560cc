import type { Sender } from '@souk/service-kit/kafka/sender.ts';
import type { Flow } from '../shop/backlog.ts';
import { type RecordAllOptions, type RecordedAll, recordAll } from '../shop/record-all.ts';
import type { Ensured, EventToRecord, Shop } from '../shop/shop.ts';
import { eachLineOnce } from './each-line-once.ts';
import { purchaseEvent } from './purchase-event.ts';
import type { OrderCounts } from './read-order-counts.ts';
import { readRetailFile } from './retail-file.ts';
import { type FormatOptions, findFormat, type RetailFormat } from './retail-format.ts';
import { type RetailSurvey, surveyRetail } from './retail-survey.ts';
import { sendOrders } from './send-orders.ts';

export interface ImportOptions extends RecordAllOptions {
  file: string;
  /** As `readRetail` gave it. */
  retail: Retail;
  shop: Shop;
  flow: Flow;
  /** Purchases go to Kafka as orders, an invoice each, instead of over HTTP as activity. */
  orders?: { sender: Sender; readCounts(): Promise<OrderCounts> };
  /** Whether to wait until the consumers have applied everything. */
  wait: boolean;
  onPhase(phase: ImportPhase, total: number): void;
}

export type ImportPhase = 'customers' | 'products' | 'purchases' | 'orders' | 'catching up';

export interface ImportReport extends RecordedAll {
  /** What `imported`, `repeated` and `rejected` count. */
  kind: 'purchases' | 'orders';
  customersCreated: number;
  productsCreated: number;
  /** Orders on their way whose outcome nobody waited for; then `imported`, `repeated` and `rejected` say nothing. */
  sent?: number;
  /** Of sending the purchases alone. */
  sendingMs: number;
  /** How long the consumers needed after the last purchase; undefined when nobody waited. */
  catchingUpMs: number | undefined;
  totalMs: number;
}

/** The prices of the file are in pounds. */
const currency = 'GBP';

export interface Retail {
  format: RetailFormat;
  survey: RetailSurvey;
}

/**
 * Reads a UCI Online Retail CSV whole, and sends nothing. Throws an Error for the user when it is not one, when it can
 * be read in two ways, and when nothing in it can be imported.
 */
export const readRetail = async (file: string, options: FormatOptions = {}): Promise<Retail> => {
  const format = await findFormat(file, options);
  return { format, survey: await surveyRetail(file, format) };
};

/**
 * Imports what was read: customers as users, stock codes as products, purchases as activity or as orders. Ids and
 * values depend on the file alone: repeating an import, or going on with one that was broken off, changes nothing that
 * is there.
 */
export const importOnlineRetail = async (options: ImportOptions): Promise<ImportReport> => {
  const { shop, flow, onPhase, onDone } = options;
  const { survey } = options.retail;
  const startedAt = performance.now();

  onPhase('customers', survey.customers.size);
  await flow.pass(survey.customers.size);
  const users = await shop.ensureUsers([...survey.customers].map(userOf), () => onDone(1));

  // Orders would create what is unknown, at the price of whichever comes first: each import another catalogue.
  onPhase('products', survey.products.size);
  await flow.pass(survey.products.size);
  const products = await shop.ensureProducts(
    [...survey.products].map(([sku, { name, priceMinor }]) => ({
      sku,
      name,
      price: priceMinor / 100,
      currency,
    })),
    onDone,
  );

  const imported = options.orders
    ? await importOrders({ ...options, orders: options.orders }, users)
    : await importPurchases(options, users, products);
  return {
    ...imported,
    customersCreated: users.created,
    productsCreated: products.created,
    totalMs: performance.now() - startedAt,
  };
};

const importPurchases = async (options: ImportOptions, users: Ensured, products: Ensured) => {
  const { flow, onPhase } = options;
  onPhase('purchases', options.retail.survey.purchases);
  const sendingAt = performance.now();
  const sent = await recordAll(purchaseEvents(options, users, products), options);
  const sendingMs = performance.now() - sendingAt;

  onPhase('catching up', 0);
  const catchingUpMs = options.wait ? await flow.drained() : undefined;
  return { kind: 'purchases' as const, ...sent, sendingMs, catchingUpMs };
};

const importOrders = async (
  options: ImportOptions & Required<Pick<ImportOptions, 'orders'>>,
  users: Ensured,
) => {
  const { file, retail, flow, orders, onPhase, onDone } = options;
  const { survey } = retail;
  const customers = new Map(
    [...survey.customers].map((customer) => {
      const user = userOf(customer);
      return [customer, { ...user, id: users.ids.get(user.email) as string }];
    }),
  );
  onPhase('orders', survey.purchases);
  const before = await orders.readCounts();
  const sendingAt = performance.now();
  const sent = await sendOrders({
    file,
    ...retail,
    customers,
    currency,
    sender: orders.sender,
    flow,
    onDone,
  });
  const sendingMs = performance.now() - sendingAt;

  // What becomes of them is known to the service that takes them, and not before it has.
  if (!options.wait) return { kind: 'orders' as const, ...none, sent, sendingMs, catchingUpMs: undefined };
  onPhase('catching up', 0);
  const catchingUpMs = await flow.drained();
  const after = await orders.readCounts();
  return {
    kind: 'orders' as const,
    imported: since(before.applied, after.applied),
    repeated: since(before.repeated, after.repeated),
    rejected: since(before.deadLettered, after.deadLettered),
    rejections: after.deadLettered > before.deadLettered ? ['see souk dlq list'] : [],
    sendingMs,
    catchingUpMs,
  };
};

const none: RecordedAll = { imported: 0, repeated: 0, rejected: 0, rejections: [] };

/** How far a counter has come; from zero when its service was restarted in between. */
const since = (before: number, after: number): number => (after < before ? after : after - before);

const userOf = (customer: string) => ({ email: emailOf(customer), name: `Customer ${customer}` });

const emailOf = (customer: string): string => `customer-${customer}@online-retail.example`;

async function* purchaseEvents(
  { file, retail: { format } }: ImportOptions,
  users: Ensured,
  products: Ensured,
): AsyncGenerator<EventToRecord> {
  for await (const { identified } of eachLineOnce(readRetailFile(file, format), format.returning)) {
    if (!identified) continue;
    const userId = users.ids.get(emailOf(identified.purchase.customer));
    const productId = products.ids.get(identified.purchase.stockCode);
    if (!userId || !productId) throw new Error(`${file} changed while it was read: import it again`);
    yield purchaseEvent(identified, { userId, productId });
  }
}
