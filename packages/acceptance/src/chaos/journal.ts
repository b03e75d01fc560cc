/** An activity as it was sent, in the columns of its owner. */
export type SentActivity = {
  id: string;
  user_id: string;
  type: string;
  product_id: string;
  quantity: number;
  unit_price_minor: number;
};

/** Something that only grows, as somebody saw it for certain at a moment: a version, or a price that only rises. */
export interface Known {
  what: string;
  value: number;
  atMs: number;
}

/** What an answer said of it. No answer may be older than `promisedMs` before its question. */
export interface Read {
  what: string;
  value: number;
  askedAtMs: number;
  promisedMs: number;
}

/** What the driver knows for certain: what was acknowledged to it, and what it was answered. Times are of performance.now(). */
export interface Journal {
  /** By id. */
  activities: Map<string, SentActivity>;
  /** The number of its lines by order_uid. */
  orders: Map<string, number>;
  /** By order_uid. */
  cancelled: Set<string>;
  /** The orders among them that were made of carts, each of whose lines left its cart once. */
  checkouts: Set<string>;
  /** In minor units by product: the newest price. One client alone changes a product's price. */
  prices: Map<string, number>;
  /** The e-mails of those that were registered and not deleted. */
  users: Set<string>;
  /** The skus of those that were created and not deleted. */
  products: Set<string>;
  /** The topic by the mark that the driver's own unreadable messages carry; what a broker lost with its log is taken out. */
  poison: Map<string, string>;
  known: Known[];
  reads: Read[];
  /** Answers that were no acknowledgement, such as `503 dependency_unavailable` or `no answer`. */
  refusals: { what: string; atMs: number }[];
}

export const createJournal = (): Journal => ({
  activities: new Map(),
  orders: new Map(),
  cancelled: new Set(),
  checkouts: new Set(),
  prices: new Map(),
  users: new Set(),
  products: new Set(),
  poison: new Map(),
  known: [],
  reads: [],
  refusals: [],
});

/** The header that marks the driver's own unreadable messages. */
export const poisonHeader = 'souk-chaos-poison';
