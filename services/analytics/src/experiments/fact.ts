/** What a user who takes part in an experiment was shown or did. */
export interface Fact {
  kind: 'shown' | 'click' | 'purchase' | 'return';
  productId: string;
  /** Milliseconds since the Unix epoch; of a return, when what came back had been bought. */
  atMs: number;
  /** `order/line` of a line of an order and of its return; a purchase that no order tells of has none. */
  line?: string;
}

/** As the column `facts` holds it. */
export type StoredFact = [kind: number, atMs: number, productId: string, line?: string];

const kinds = ['shown', 'click', 'purchase', 'return'] as const;

/**
 * The most facts of a kind that count of one user. A return comes back for a purchase, so it is among the first returns
 * if that is among the first purchases.
 */
export const factsMax = { shown: 500, click: 200, purchase: 100, return: 100 } as const;

export const storedFact = ({ kind, atMs, productId, line }: Fact): StoredFact => [
  kinds.indexOf(kind),
  atMs,
  productId,
  ...(line === undefined ? ([] as const) : ([line] as const)),
];

export const factOf = ([kind, atMs, productId, line]: StoredFact): Fact => ({
  kind: kinds[kind] as Fact['kind'],
  atMs,
  productId,
  ...(line !== undefined && { line }),
});

/**
 * The facts that count: of each kind the first ones by their time. What is kept of two lists together follows from what
 * is kept of each, so it is the same for every order in which they come.
 */
export const firstFacts = (facts: readonly Fact[]): Fact[] => {
  const counts = { shown: 0, click: 0, purchase: 0, return: 0 };
  return facts.toSorted(byTime).filter(({ kind }) => counts[kind]++ < factsMax[kind]);
};

const byTime = (a: Fact, b: Fact): number =>
  a.atMs - b.atMs || compared(a.productId, b.productId) || compared(a.line ?? '', b.line ?? '');

const compared = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
