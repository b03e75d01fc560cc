import { hash } from 'node:crypto';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import { LRUCache } from 'lru-cache';
import type { StoredDocument } from './order-search.ts';

/** A document ready to be sent: its bytes as they came, and their ETag. The Buffer is shared: do not write into it. */
export interface ReadyDocument {
  body: Buffer;
  etag: string;
}

export interface OrderCacheLimits {
  entriesMax: number;
  /** Of the documents with what keeping them costs. */
  bytesMax: number;
}

const entryOverheadBytes = 400;

/**
 * The documents of orders read last, in this process. A document changes only when it is redacted, and is never
 * deleted: nothing expires, and `clear` drops everything after a redaction, loads under way included. That there is
 * no such order is never kept. Statuses do change and are not in here.
 */
export const createOrderCache = ({ entriesMax, bytesMax }: OrderCacheLimits, metrics: Metrics) => {
  const requests = metrics.counter('cache_requests_total', 'Answers asked of a tier', ['tier', 'result']);
  for (const result of ['hit', 'miss']) requests.inc({ tier: 'memory', result }, 0);
  const kept = new LRUCache<string, ReadyDocument>({
    max: entriesMax,
    maxSize: bytesMax,
    sizeCalculation: ({ body }, key) => body.length + key.length + entryOverheadBytes,
  });
  let inFlightLoads = new Map<string, Promise<ReadyDocument | undefined>>();

  const startLoad = (orderUid: string, load: () => Promise<string | undefined>) => {
    const loads = inFlightLoads;
    const inFlightLoad = load()
      .then((text) => {
        if (text === undefined) return undefined;
        const document = readyDocument(text);
        if (loads === inFlightLoads) kept.set(orderUid, document);
        return document;
      })
      .finally(() => loads.delete(orderUid));
    loads.set(orderUid, inFlightLoad);
    return inFlightLoad;
  };

  return {
    /** The document kept under the uid, or what `load` gives; one `load` runs per uid, however many ask. */
    get: (
      orderUid: string,
      load: () => Promise<string | undefined>,
    ): ReadyDocument | Promise<ReadyDocument | undefined> => {
      const document = kept.get(orderUid);
      requests.inc({ tier: 'memory', result: document ? 'hit' : 'miss' });
      return document ?? inFlightLoads.get(orderUid) ?? startLoad(orderUid, load);
    },
    /** Takes in documents, the first as the one read last. */
    warm: (documents: readonly StoredDocument[]): void => {
      for (const { orderUid, document } of documents.toReversed())
        kept.set(orderUid, readyDocument(document));
    },
    clear: (): void => {
      kept.clear();
      // A load that began before may bring what was there before: it is not kept.
      inFlightLoads = new Map();
    },
    size: () => kept.size,
  };
};

/** Memory of its own: a small Buffer is otherwise part of a slab, which stays as long as any part of it. */
const readyDocument = (text: string): ReadyDocument => {
  const body = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  body.write(text);
  return { body, etag: `"${hash('sha256', body, 'base64url')}"` };
};
