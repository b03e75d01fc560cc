import { type Experiment, variantOf } from '@souk/contracts/experiments.ts';
import { shownType } from '@souk/contracts/user-updates.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import {
  activityData,
  activityRecorded,
  productDeleted,
  productPurchased,
  productReturned,
  productSaved,
  purchaseData,
  returnData,
  userDeleted,
  userSaved,
} from '../events.ts';
import { testId } from '../messages.ts';

export const partitions = 2;
const entities = 4;
/** In the middle of what happens. */
export const began = new Date('2026-02-27T00:00:00Z');

const hourMs = 3_600_000;
/** What recommendations are shown in, with windows that random times fall into. */
export const shownIn: Experiment = {
  name: 'faster-decay',
  startMs: began.getTime(),
  endMs: began.getTime() + 60 * hourMs,
  share: 0.8,
  clickMs: 12 * hourMs,
  purchaseMs: 24 * hourMs,
  variants: [
    { name: 'control', settings: {} },
    { name: 'fast', settings: {} },
  ],
};

export interface Step {
  /** The user who acts or changes, the product that is ordered or changes. */
  entity: number;
  kind:
    | 'save user'
    | 'delete user'
    | 'act'
    | 'show'
    | 'order'
    | 'give back'
    | 'save product'
    | 'delete product';
  type: string;
  product: number | null;
  /** Who orders. */
  customer: number | null;
  currency: string;
  quantity: number | null;
  unitPriceMinor: number | null;
  occurredAt: string;
  /** Which of the orders is given back, and what part of it, both from 0 to 1. */
  which: number;
  part: number;
  /** Comes on a partition of its own, in no order with the others of its key: as what was replayed does. */
  replayed: boolean;
}

const part = fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100);

export const step: fc.Arbitrary<Step> = fc.record({
  entity: fc.nat(entities - 1),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('act' as const, 'order' as const) },
    { weight: 3, arbitrary: fc.constantFrom('give back' as const, 'show' as const) },
    { weight: 2, arbitrary: fc.constantFrom('save user' as const, 'save product' as const) },
    { weight: 1, arbitrary: fc.constantFrom('delete user' as const, 'delete product' as const) },
  ),
  type: fc.constantFrom('view', 'like', 'add_to_cart', 'purchase', 'share', 'wish', 'search'),
  product: fc.option(fc.nat(entities - 1)),
  customer: fc.option(fc.nat(entities - 1)),
  currency: fc.constantFrom('USD', 'EUR', 'JPY', 'BHD'),
  quantity: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
  unitPriceMinor: fc.option(fc.integer({ min: 0, max: 1_000_000_000_000 })),
  replayed: fc.boolean(),
  which: part,
  part,
  occurredAt: fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .integer({ min: 0, max: 3 * 86_400_000 })
        .map((ms) => new Date(Date.UTC(2026, 1, 27) + ms).toISOString()),
    },
    {
      weight: 1,
      arbitrary: fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    // Long ago, and not yet out of every window and bucket.
    {
      weight: 2,
      arbitrary: fc
        .integer({ min: 0, max: 120 * 86_400_000 })
        .map((ms) => new Date(Date.UTC(2026, 1, 28) - ms).toISOString()),
    },
  ),
});

/** An activity, a line of an order, or what came back of one, as the owners know them. */
export interface Fact {
  kind: 'activity' | 'order' | 'return';
  type: string;
  user: number | null;
  product: number | null;
  currency: string | null;
  quantity: number | null;
  unitPriceMinor: number | null;
  occurredAt: string;
  /** Of a recommendation that was shown: the variant that the user sees, and the product. */
  variant?: string | undefined;
  shown?: number;
  /** The number of the line of an order, and whether all of it came back. */
  line?: number;
  isWhole?: boolean;
}

export interface History {
  messages: ReceivedMessage[];
  facts: Fact[];
  users: Map<number, { version: number; deleted: boolean }>;
  products: Map<number, { version: number; deleted: boolean; name: string | null; nameVersion: number }>;
}

/** Lets the steps happen one after the other: states get their versions, events the numbers of their outbox. */
export const tell = (steps: readonly Step[]): History => {
  const history: History = { messages: [], facts: [], users: new Map(), products: new Map() };
  const lines: Line[] = [];
  for (const [index, one] of steps.entries()) {
    const numbered = (entity: number) => ({
      sequence: index + 1,
      partition: (entity % partitions) + (one.replayed ? partitions : 0),
    });
    if (one.kind === 'act') act(history, one, numbered(one.entity));
    else if (one.kind === 'show') show(history, one, numbered(one.entity));
    else if (one.kind === 'order') order(history, lines, one, numbered(one.entity));
    else if (one.kind === 'give back') giveBack(history, lines, one, numbered);
    else change(history, one, numbered(one.entity));
  }
  return history;
};

interface Line {
  fact: Fact & { product: number };
  purchase: ReturnType<typeof purchaseData>;
  left: number;
}
type Numbered = { sequence: number; partition: number };

const act = ({ facts, messages }: History, one: Step, numbered: Numbered): void => {
  facts.push({ ...one, kind: 'activity', user: one.entity, currency: null });
  messages.push(activityRecorded(numbered, activityData(one.entity, one.type, one.occurredAt, one)));
};

/** A product of the user's variant; a user who takes no part is told to see the first one. */
const show = ({ facts, messages }: History, one: Step, numbered: Numbered): void => {
  const { entity: user, product, occurredAt } = one;
  const variant = variantOf(shownIn, testId('user', user))?.name;
  const shown = {
    ...{ experiment: shownIn.name, variant: variant ?? 'control' },
    product_ids: [testId('product', product ?? 0)],
  };
  const fact = { user, type: shownType, currency: null, quantity: null, unitPriceMinor: null, occurredAt };
  facts.push({ ...fact, kind: 'activity', product: null, shown: product ?? 0, variant });
  messages.push(activityRecorded(numbered, { ...activityData(user, shownType, occurredAt), shown }));
};

const order = ({ facts, messages }: History, lines: Line[], one: Step, numbered: Numbered): void => {
  const { entity: product, occurredAt, customer: user, currency } = one;
  const line = { user, quantity: one.quantity ?? 1, unitPriceMinor: one.unitPriceMinor ?? 0, currency };
  const fact = { ...line, kind: 'order' as const, type: 'purchase', product, occurredAt, line: lines.length };
  const purchase = { ...purchaseData(product, occurredAt, line), order_uid: `order-${lines.length}` };
  facts.push(fact);
  lines.push({ fact, purchase, left: line.quantity });
  messages.push(productPurchased(numbered, purchase));
};

const giveBack = (
  { facts, messages }: History,
  lines: Line[],
  one: Step,
  numbered: (product: number) => Numbered,
): void => {
  const line = lines[Math.floor(one.which * lines.length)];
  if (line === undefined || line.left === 0) return;
  const quantity = Math.ceil(one.part * line.left) || line.left;
  line.left -= quantity;
  const { occurredAt } = one;
  facts.push({ ...line.fact, kind: 'return', quantity, occurredAt, isWhole: line.left === 0 });
  const returned = { ...returnData(line.purchase, occurredAt, quantity), remaining_quantity: line.left };
  messages.push(productReturned(numbered(line.fact.product), returned));
};

const change = ({ users, products, messages }: History, { entity, kind }: Step, numbered: Numbered): void => {
  const user = users.get(entity) ?? { version: 0, deleted: false };
  const product = products.get(entity) ?? { version: 0, deleted: false, name: null, nameVersion: 0 };
  if (kind === 'save user' && !user.deleted) {
    users.set(entity, { version: user.version + 1, deleted: false });
    messages.push(userSaved(numbered, entity, user.version + 1));
  } else if (kind === 'delete user' && user.version > 0 && !user.deleted) {
    users.set(entity, { version: user.version + 1, deleted: true });
    messages.push(userDeleted(numbered, entity, user.version + 1));
  } else if (kind === 'save product' && !product.deleted) {
    const name = `Product ${entity}, ${product.version + 1}`;
    const version = product.version + 1;
    products.set(entity, { version, deleted: false, name, nameVersion: version });
    messages.push(productSaved(numbered, entity, version, name));
  } else if (kind === 'delete product' && product.version > 0 && !product.deleted) {
    products.set(entity, { ...product, version: product.version + 1, deleted: true });
    messages.push(productDeleted(numbered, entity, product.version + 1));
  }
};
