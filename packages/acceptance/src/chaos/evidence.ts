import type { ProjectionDifference } from '../resilience/projection-differences.ts';
import type { Row } from '../resilience/row-differences.ts';

export type FindingKind =
  | 'lost'
  | 'doubled'
  | 'different'
  | 'reordered'
  | 'stale'
  | 'dead letter without cause'
  | 'refused without cause'
  | 'wrong end'
  | 'not recovered'
  | 'fault not possible';

export interface Finding {
  kind: FindingKind;
  /** Where it shows, such as `analytics: counts per user`. */
  where: string;
  what: string;
}

/** A row of an outbox. */
export interface OutboxRow {
  sequence: number;
  id: string;
  key: string;
}

/** A message of a topic of events, in the order of its partition. */
export interface LoggedEvent extends OutboxRow {
  partition: number;
  /** Of the aggregate; undefined for facts. */
  version?: number;
}

export interface FoundDeadLetter {
  topic: string;
  group: string;
  id: string;
  /** The driver's mark, where it has one. */
  poison?: string;
}

/** What a quiet mesh holds. */
export interface Evidence {
  owners: {
    activities: readonly Row[];
    /** order_uid, lines and whether it is cancelled. */
    orders: readonly Row[];
    /** order_uid of orders made of carts, how often their lines left the cart, and whether that is known. */
    checkouts: readonly Row[];
    /** id of the products that buyers alone buy; total: what is in stock and what orders took of it. */
    stocked: readonly Row[];
    /** id of buyers, and the number of lines in their carts. */
    carts: readonly Row[];
    /** id, sku and price_minor. */
    products: readonly Row[];
    /** email. */
    users: readonly Row[];
  };
  /** By topic. */
  outboxes: Readonly<Record<string, readonly OutboxRow[]>>;
  logs: Readonly<Record<string, readonly LoggedEvent[]>>;
  deadLetters: readonly FoundDeadLetter[];
  /** The groups that read a topic. */
  groupsOf: (topic: string) => readonly string[];
  projections: readonly ProjectionDifference[];
}
