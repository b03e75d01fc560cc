import { type Order, orders } from '@souk/contracts/orders.ts';
import type { Flow } from '../client/backlog.ts';
import type { KafkaSender } from '../client/kafka-sender.ts';
import { type OrderLine, orderDocuments } from './order-document.ts';
import { readRetailFile } from './retail-file.ts';
import type { RetailSurvey } from './retail-survey.ts';

export interface SendOrdersOptions {
  file: string;
  survey: RetailSurvey;
  /** By the customer's number in the file. */
  customers: ReadonlyMap<string, { id: string; name: string; email: string }>;
  currency: string;
  sender: KafkaSender;
  flow: Flow;
  /** So many more lines of the file are sent. */
  onDone(lines: number): void;
}

const batchBytesMax = 4 * 1_048_576;

/** Sends every invoice of the file as one order to the topic of orders; returns how many orders there were. */
export const sendOrders = async (options: SendOrdersOptions): Promise<number> => {
  const { customers, currency, sender, flow, onDone } = options;
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
    const customer = customers.get((lines[0] as OrderLine).customer);
    if (!customer) throw new Error(`${options.file} changed while it was read: import it again`);
    for (const document of orderDocuments(lines, customer, currency)) {
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

/** The purchases of the file by invoice and customer; an invoice is held back only until its last line is read. */
async function* invoices({ file, survey }: SendOrdersOptions): AsyncGenerator<OrderLine[]> {
  const open = new Map<string, OrderLine[]>();
  for await (const line of readRetailFile(file)) {
    if ('leftOut' in line) continue;
    const { invoice, customer, stockCode } = line.purchase;
    const id = JSON.stringify([invoice, customer]);
    const lines = open.get(id) ?? [];
    lines.push({ ...line.purchase, name: survey.products.get(stockCode)?.name ?? stockCode });
    open.set(id, lines);
    if (lines.length === survey.invoices.get(id)) {
      open.delete(id);
      yield lines;
    }
  }
  yield* open.values();
}
