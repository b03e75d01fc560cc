import type { ProjectionDifference } from '../resilience/projection-differences.ts';
import { differencesOf, type Row } from '../resilience/row-differences.ts';
import { stockOfEach } from './chaos-mesh.ts';
import type { Evidence, Finding, LoggedEvent, OutboxRow } from './evidence.ts';
import type { Journal } from './journal.ts';
import { orderFindings } from './log-order.ts';

/** Compares the driver's journal, the owners' tables, the log and the projections of a quiet mesh; all must agree. */
export const verify = (journal: Journal, evidence: Evidence): Finding[] => [
  ...ownerFindings(journal, evidence.owners),
  ...Object.keys(evidence.outboxes).flatMap((topic) => [
    ...logFindings(topic, evidence.outboxes[topic] ?? [], evidence.logs[topic] ?? []),
    ...orderFindings(topic, evidence.logs[topic] ?? []),
  ]),
  ...deadLetterFindings(journal, evidence),
  ...evidence.projections.map(projectionFinding),
  ...staleFindings(journal),
];

/** Every acknowledgement is a row, and every row was acknowledged: the driver repeats until it is. */
const ownerFindings = (journal: Journal, owners: Evidence['owners']): Finding[] => {
  const orders = [...journal.orders].map(([order_uid, lines]) => ({
    ...{ order_uid, lines, cancelled: journal.cancelled.has(order_uid) },
  }));
  const prices = [...journal.prices].map(([id, price_minor]) => ({ id, price_minor }));
  const priced = owners.products.filter(({ id }) => journal.prices.has(String(id)));
  return [
    ...compared('user: activities', [...journal.activities.values()], owners.activities, 'id'),
    ...compared('product: orders', orders, owners.orders, 'order_uid'),
    ...compared(
      'product: checkouts',
      [...journal.checkouts].map((order_uid) => ({ order_uid, cleared: true, times: 1 })),
      owners.checkouts,
      'order_uid',
    ),
    ...compared(
      'product: stock',
      owners.stocked.map(({ id }) => ({ id, total: stockOfEach })),
      owners.stocked,
      'id',
    ),
    // Buyers check out all that they put into a cart, before they fill it again.
    ...compared(
      'user: carts',
      owners.carts.map(({ id }) => ({ id, lines: 0 })),
      owners.carts,
      'id',
    ),
    ...compared('product: prices', prices, priced, 'id'),
    ...compared(
      'user: users',
      [...journal.users].map((email) => ({ email })),
      owners.users,
      'email',
    ),
    ...compared(
      'product: products',
      [...journal.products].map((sku) => ({ sku })),
      owners.products,
      'sku',
    ),
  ];
};

const compared = (where: string, expected: readonly Row[], actual: readonly Row[], key: string): Finding[] =>
  differencesOf(expected, actual, [key]).map((difference) =>
    projectionFinding({ projection: where, ...difference }),
  );

/** A number that is too low, or a row that is missing, is something lost; the opposite is something doubled. */
const projectionFinding = ({
  projection: where,
  row,
  column,
  expected,
  actual,
}: ProjectionDifference): Finding => {
  if (column === undefined)
    return actual === undefined
      ? { kind: 'lost', where, what: `${row} is missing` }
      : { kind: 'doubled', where, what: `${row} should not be there` };
  const what = `${row}: ${column} is ${actual} instead of ${expected}`;
  if (typeof expected !== 'number' || typeof actual !== 'number') return { kind: 'different', where, what };
  return { kind: actual < expected ? 'lost' : 'doubled', where, what };
};

/** Every event of the outbox is in the log, under its number, and nothing else is. */
const logFindings = (topic: string, outbox: readonly OutboxRow[], log: readonly LoggedEvent[]): Finding[] => {
  const where = `log of ${topic}`;
  const missing = new Map(outbox.map((row) => [row.sequence, row]));
  const committed = new Map(missing);
  const findings: Finding[] = [];
  for (const { sequence, id } of log) {
    const row = committed.get(sequence);
    if (row?.id !== id)
      findings.push({
        kind: 'doubled',
        where,
        what: `event ${id} under number ${sequence} was never committed`,
      });
    missing.delete(sequence);
  }
  for (const { sequence, id } of missing.values())
    findings.push({ kind: 'lost', where, what: `event ${id}, number ${sequence}, was never published` });
  return findings;
};

/** The driver's own poison is the only cause of dead letters, and each is one for every group that reads its topic. */
const deadLetterFindings = ({ poison }: Journal, { deadLetters, groupsOf }: Evidence): Finding[] => {
  const missing = new Set(
    [...poison].flatMap(([mark, topic]) => groupsOf(topic).map((group) => `${mark} ${group}`)),
  );
  const findings: Finding[] = [];
  for (const { topic, group, id, poison: mark } of deadLetters) {
    const where = `dead letters of ${group} from ${topic}`;
    if (mark === undefined) findings.push({ kind: 'dead letter without cause', where, what: id });
    else missing.delete(`${mark} ${group}`);
  }
  for (const what of missing)
    findings.push({ kind: 'lost', where: 'dead letters', what: `poison ${what} is none` });
  return findings;
};

const staleFindings = ({ known, reads }: Journal): Finding[] => {
  const byWhat = Map.groupBy(known, ({ what }) => what);
  return reads.flatMap(({ what, value, askedAtMs, promisedMs }): Finding[] => {
    // In the order in which they were seen, and they only grow.
    const newest = byWhat.get(what)?.findLast(({ atMs }) => atMs <= askedAtMs - promisedMs)?.value ?? value;
    if (value >= newest) return [];
    const fault = `answered ${value}, was ${newest} more than ${promisedMs} ms before`;
    return [{ kind: 'stale', where: what, what: fault }];
  });
};
