import { faultOf, inOrder, type RejectedItem } from '@souk/service-kit/http/batch-answer.ts';
import { isProblem } from '@souk/service-kit/problem.ts';
import {
  type ChangeMeta,
  changeProduct,
  createProduct,
  type GivenFields,
  type NewProduct,
  type Product,
  type ProductChange,
} from './product.ts';

/** One valid item of a batch; `index` is its place there. */
export interface UpsertItem {
  index: number;
  given: GivenFields;
}

/** What an item comes to, given what the catalogue holds. */
export type UpsertDecision = { item: UpsertItem } & (
  | { status: 'created' | 'updated'; product: Product; change: ProductChange }
  | { status: 'unchanged'; product: Product; change?: never }
  | { status: 'rejected'; rejection: RejectedItem; change?: never }
);

/** What became of the items, each list in their order. */
export interface UpsertOutcome {
  items: { index: number; status: 'created' | 'updated' | 'unchanged'; product: Product }[];
  rejected: RejectedItem[];
}

/** Of several items with one sku only the first is kept: which of them was meant last is not told. */
export const rejectRepeatedSkus = (
  items: readonly UpsertItem[],
): { kept: UpsertItem[]; rejected: RejectedItem[] } => {
  const firstIndexes = new Map<string, number>();
  const kept: UpsertItem[] = [];
  const rejected: RejectedItem[] = [];
  for (const item of items) {
    const { sku } = item.given;
    const first = sku == null ? undefined : firstIndexes.get(sku);
    if (first === undefined) kept.push(item);
    else rejected.push(repeatedSku(item.index, first));
    if (sku != null && first === undefined) firstIndexes.set(sku, item.index);
  }
  return { kept, rejected };
};

/**
 * Changes the product with the item's sku, or creates it where there is none or the item has no sku; rejects an item
 * whose price its currency cannot have.
 */
export const decideUpsert = (
  item: UpsertItem,
  existing: Product | undefined,
  meta: ChangeMeta & { productId: string },
): UpsertDecision => {
  try {
    return decide(item, existing, meta);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return { item, status: 'rejected', rejection: { index: item.index, ...faultOf(error) } };
  }
};

const decide = (
  item: UpsertItem,
  existing: Product | undefined,
  meta: ChangeMeta & { productId: string },
): UpsertDecision => {
  if (existing) {
    const change = changeProduct(existing, item.given, meta);
    return change
      ? { item, status: 'updated', product: change.product, change }
      : { item, status: 'unchanged', product: existing };
  }
  if (!isComplete(item.given)) return { item, status: 'rejected', rejection: incomplete(item) };
  const change = createProduct(item.given, meta);
  return { item, status: 'created', product: change.product, change };
};

/** The outcome of decisions whose changes are saved, together with what was rejected before. */
export const upsertOutcome = (
  decisions: readonly UpsertDecision[],
  rejectedBefore: readonly RejectedItem[],
): UpsertOutcome => ({
  items: inOrder(
    decisions.flatMap((decision) => {
      if (decision.status === 'rejected') return [];
      const { item, status, product } = decision;
      return { index: item.index, status, product };
    }),
  ),
  rejected: inOrder(
    rejectedBefore,
    decisions.flatMap((decision) => (decision.status === 'rejected' ? decision.rejection : [])),
  ),
});

/** For an item that lost every race for its sku. */
export const contended = (index: number): RejectedItem => ({
  index,
  code: 'contended',
  detail: 'others create and delete this sku at the same time: send the item again',
});

const isComplete = (given: GivenFields): given is NewProduct => given.name !== undefined && hasPrice(given);

const hasPrice = ({ price, priceMinor }: GivenFields): boolean => (price ?? priceMinor) !== undefined;

const incomplete = ({ index, given }: UpsertItem): RejectedItem => ({
  index,
  code: 'invalid_request',
  detail: 'a product that is not there yet needs a name and a price',
  errors: [
    ...(given.name === undefined ? [{ field: 'name', message: 'is required' }] : []),
    ...(!hasPrice(given) ? [{ field: 'price', message: 'is required' }] : []),
  ],
});

const repeatedSku = (index: number, first: number): RejectedItem => ({
  index,
  code: 'duplicate_sku',
  detail: `item ${first} of this batch has the same sku`,
  errors: [{ field: 'sku', message: `is the sku of item ${first}` }],
});
