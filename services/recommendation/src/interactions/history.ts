import { type Interaction, newestFirst } from './interaction.ts';

/** How much of a user is kept. */
export interface HistoryCaps {
  /** The newest interactions of a user. */
  interactionsMax: number;
  /** Among them, of one type with one product. */
  repeatsMax: number;
}

/** A purchase that was taken back. */
export type Return = Pick<Interaction, 'product' | 'atMs'>;

/** A history, newest first, and what became of it: of what is in both `come` and `gone` nothing is left. */
export interface MergedHistory {
  history: Interaction[];
  come: Interaction[];
  gone: Interaction[];
}

/**
 * Adds interactions, then takes purchases back. What is kept follows from everything that ever happened, in any order:
 * of each product and type the newest `repeatsMax`, of all those the newest `interactionsMax`. What one merge drops has
 * enough newer ones beside it, so no other order of merges would have kept it. A return takes no place away: it marks
 * the purchase, so nothing that was dropped before could come back.
 */
export const mergeHistory = (
  before: readonly Interaction[],
  added: readonly Interaction[],
  returns: readonly Return[],
  caps: HistoryCaps,
): MergedHistory => {
  const history = newest([...before, ...added].sort(newestFirst), caps);
  const kept = new Set(history);
  const merged = {
    history,
    come: added.filter((one) => kept.has(one)),
    gone: before.filter((one) => !kept.has(one)),
  };
  for (const taken of returns) takeBack(merged, taken);
  if (returns.length > 0) history.sort(newestFirst);
  return merged;
};

const newest = (sorted: readonly Interaction[], caps: HistoryCaps): Interaction[] => {
  const counts = new Map<string, number>();
  const kept: Interaction[] = [];
  for (const one of sorted) {
    if (kept.length === caps.interactionsMax) break;
    const group = `${one.product} ${one.type}`;
    const count = counts.get(group) ?? 0;
    if (count === caps.repeatsMax) continue;
    counts.set(group, count + 1);
    kept.push(one);
  }
  return kept;
};

/** Marks one purchase of that product and time, if one is kept that is not marked. Equal purchases are alike. */
const takeBack = ({ history, come, gone }: MergedHistory, { product, atMs }: Return): void => {
  const place = history.findIndex(
    (one) => one.type === 'purchase' && one.product === product && one.atMs === atMs && !one.returned,
  );
  const purchase = history[place];
  if (purchase === undefined) return;
  const marked = { ...purchase, returned: true };
  history[place] = marked;
  gone.push(purchase);
  come.push(marked);
};
