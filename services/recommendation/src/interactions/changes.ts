import { addToScore, emptyScore, isEmptyScore, type Score } from '../popularity/popularity.ts';
import type { Scoring } from '../popularity/scoring.ts';
import type { Facts, ShopperFacts } from './facts.ts';
import { type MergedHistory, mergeHistory } from './history.ts';
import type { Interaction } from './interaction.ts';

/** A row of product_shoppers. */
export interface ProductShopper {
  product: number;
  hour: number;
  shopper: string;
}

/** What changes of a product. */
export interface ProductChange {
  score: Score;
  /** By the other weighing, where there is one. */
  other?: Score;
  /** How many more shoppers have it in their history. */
  shoppers: number;
}

/** What a batch changes in the tables. */
export interface Changes {
  /** New histories by shopper key; null for a deleted user. Without those that stay as they are. */
  histories: Map<string, Interaction[] | null>;
  come: ProductShopper[];
  gone: ProductShopper[];
  /** By product key. */
  products: Map<number, ProductChange>;
}

const hourMs = 3_600_000;

/** What facts change, given the histories of the shoppers they name: null of a deleted user. */
export const changesOf = (
  { shoppers }: Facts,
  histories: ReadonlyMap<string, Interaction[] | null>,
  scoring: Scoring,
): Changes => {
  const changes: Changes = { histories: new Map(), come: [], gone: [], products: new Map() };
  for (const [shopper, facts] of shoppers) {
    const before = histories.get(shopper);
    // Nothing is recorded of a deleted user, whenever it arrives; and nothing is taken back from who is not known.
    if (before) changeShopper(changes, shopper, before, facts, scoring);
  }
  for (const [product, change] of changes.products)
    if (changesNothing(change)) changes.products.delete(product);
  return changes;
};

const changeShopper = (
  changes: Changes,
  shopper: string,
  before: readonly Interaction[],
  { added, returns, erased }: ShopperFacts,
  scoring: Scoring,
): void => {
  const merged: MergedHistory = erased
    ? { history: [], come: [], gone: [...before] }
    : mergeHistory(before, added, returns, scoring);
  const { history, come, gone } = merged;
  if (come.length + gone.length === 0 && !erased) return;
  changes.histories.set(shopper, erased ? null : history);
  for (const one of gone) addToScores(changes, one, scoring, -1);
  for (const one of come) addToScores(changes, one, scoring, 1);
  for (const product of new Set([...gone, ...come].map((one) => one.product))) {
    const [hourBefore, hour] = [newestHour(before, product), newestHour(history, product)];
    if (hour === hourBefore) continue;
    if (hourBefore !== undefined) changes.gone.push({ product, hour: hourBefore, shopper });
    if (hour !== undefined) changes.come.push({ product, hour, shopper });
    changeOf(changes, product).shoppers += Number(hour !== undefined) - Number(hourBefore !== undefined);
  }
};

/** As after a purchase and its return in one batch: no row is made for it, as none would be left of two batches. */
const changesNothing = ({ score, other, shoppers }: ProductChange): boolean =>
  shoppers === 0 && isEmptyScore(score) && (other === undefined || isEmptyScore(other));

/** A purchase that was taken back is in no score, and its product may be unknown again. */
const addToScores = (changes: Changes, one: Interaction, scoring: Scoring, sign: 1 | -1): void => {
  if (one.returned) return;
  const change = changeOf(changes, one.product);
  addToScore(change.score, one, scoring, sign);
  if (!scoring.other) return;
  change.other ??= emptyScore();
  addToScore(change.other, one, scoring.other, sign);
};

/** The hour of the newest interaction with a product that was not taken back. */
const newestHour = (history: readonly Interaction[], product: number): number | undefined => {
  const newest = history.find((one) => one.product === product && !one.returned);
  return newest && Math.floor(newest.atMs / hourMs);
};

const changeOf = ({ products }: Changes, product: number): ProductChange => {
  const known = products.get(product);
  if (known) return known;
  const change: ProductChange = { score: emptyScore(), shoppers: 0 };
  products.set(product, change);
  return change;
};
