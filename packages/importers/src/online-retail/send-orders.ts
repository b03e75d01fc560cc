import { type Order, orders } from '@souk/contracts/orders.ts';
import type { Sender } from '@souk/service-kit/kafka/sender.ts';
import type { Flow } from '../shop/backlog.ts';
import { eachLineOnce, type IdentifiedPurchase } from './each-line-once.ts';
import { orderDocuments, type RetailCustomer } from './order-document.ts';
import { readRetailFile } from './retail-file.ts';
import type { RetailFormat } from './retail-format.ts';
import type { Purchase } from './retail-line.ts';
import type { RetailSurvey } from './retail-survey.ts';

export interface SendOrdersOptions {
  file: string;
  format: RetailFormat;
  survey: RetailSurvey;
  /** By the customer's number in the file. */
  customers: ReadonlyMap<string, RetailCustomer>;
  currency: string;
  sender: Sender;
  flow: Flow;
  /** So many more lines of the file are sent. */
  onDone(lines: number): void;
}

/** Little beside what the embedded broker keeps of a partition, so that the flow has its say in time. */
const batchBytesMax = 256 * 1_024;

/** Sends every invoice of the file as one order to the topic of orders; returns how many orders there were. */
export const sendOrders = async (options: SendOrdersOptions): Promise<number> => {
  const { customers, currency, sender, flow, onDone } = options;
  const owners = ownersOf(options.survey);
  let sent = 0;
  let batch: { lines: number; bytes: number; documents: { uid: string; text: string }[] } = emptyBatch();
  const flush = async () => {
    await flow.pass(batch.lines);
    const messages = batch.documents.map(({ uid, text }) => ({ key: uid, value: text }));
    await sender.send(orders.name, messages);
    sent += messages.length;
    onDone(batch.lines);
    batch = emptyBatch();
  };
  for await (const lines of invoices(options)) {
    const [first] = lines as [Purchase];
    const customer = customers.get(first.customer);
    if (!customer) throw new Error(`${options.file} changed while it was read: import it again`);
    const isShared = owners.get(first.invoice) !== first.customer;
    for (const document of orderDocuments(lines, customer, { currency, isShared })) {
      const text = JSON.stringify(document satisfies Order);
      batch.documents.push({ uid: document.order_uid, text });
      batch.bytes += text.length;
    }
    batch.lines += lines.length;
    if (batch.bytes >= batchBytesMax) await flush();
  }
  if (batch.documents.length > 0) await flush();
  return sent;
};

const emptyBatch = () => ({ lines: 0, bytes: 0, documents: [] });

/** The customer of each invoice: the first that the file names. */
const ownersOf = ({ invoices }: RetailSurvey): Map<string, string> => {
  const owners = new Map<string, string>();
  for (const id of invoices.keys()) {
    const [invoice, customer] = JSON.parse(id) as [string, string];
    if (!owners.has(invoice)) owners.set(invoice, customer);
  }
  return owners;
};

/**
 * The purchases of the file by invoice and customer, in the order of their content: whatever the file's order, the same
 * lines make the same order. An invoice is held back only until its last line is read.
 */
async function* invoices({ file, format, survey }: SendOrdersOptions): AsyncGenerator<Purchase[]> {
  const open = new Map<string, IdentifiedPurchase[]>();
  for await (const { identified } of eachLineOnce(readRetailFile(file, format), format.returning)) {
    if (!identified) continue;
    const id = JSON.stringify([identified.purchase.invoice, identified.purchase.customer]);
    const lines = open.get(id) ?? [];
    lines.push(identified);
    open.set(id, lines);
    if (lines.length === survey.invoices.get(id)) {
      open.delete(id);
      yield sorted(lines);
    }
  }
  for (const lines of open.values()) yield sorted(lines);
}

const sorted = (lines: readonly IdentifiedPurchase[]): Purchase[] =>
  lines.toSorted((a, b) => compare(a.content, b.content)).map(({ purchase }) => purchase);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
