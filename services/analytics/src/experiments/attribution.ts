import type { Fact } from './fact.ts';

/** What one user adds to the figures of a variant. */
export interface Figures {
  /** 1 for who was shown anything; else all is 0. */
  users: number;
  clicks: number;
  /** 1 for who clicked at least once. */
  clickingUsers: number;
  purchases: number;
  purchasingUsers: number;
}

/** How long after it was shown a product may be clicked or bought to count. */
export interface Windows {
  clickMs: number;
  purchaseMs: number;
}

/**
 * What follows from the facts of a user, whatever their order: a click or a purchase counts once, when the same product
 * was shown at the same time or before, at most the window ago. A line of an order that was taken back does not count.
 */
export const figuresOf = (facts: readonly Fact[], { clickMs, purchaseMs }: Windows): Figures => {
  const shown = Map.groupBy(
    facts.filter(({ kind }) => kind === 'shown'),
    ({ productId }) => productId,
  );
  const returned = new Set(facts.flatMap(({ kind, line }) => (kind === 'return' && line ? line : [])));
  const follows = ({ productId, atMs }: Fact, windowMs: number) =>
    shown.get(productId)?.some((one) => one.atMs <= atMs && atMs - one.atMs <= windowMs) ?? false;
  const clicks = facts.filter((fact) => fact.kind === 'click' && follows(fact, clickMs)).length;
  const purchases = facts.filter(
    (fact) =>
      fact.kind === 'purchase' && !(fact.line && returned.has(fact.line)) && follows(fact, purchaseMs),
  ).length;
  return {
    users: Number(shown.size > 0),
    clicks,
    clickingUsers: Number(clicks > 0),
    purchases,
    purchasingUsers: Number(purchases > 0),
  };
};
