import type { TrainingData } from './training-data.ts';

export interface ItemKnnSettings {
  neighbours: number;
  shrinkage: number;
  /** Which products of the user count: the newest, those of the visit, or all. */
  items: Items;
}

export type Items = 1 | 'session' | 'all';

/** What is asked: the products of the visit under way and those before it, newest first. */
export interface Asked {
  session: readonly number[];
  before: readonly number[];
}

/**
 * Item-kNN over all data, made at once as a nightly job makes it: the shrunk cosine of two products' users,
 * c / (√(n·m) + h), the nearest `neighbours` of each product, summed over the user's products. Ferrari Dacrema, Cremonesi
 * and Jannach: Are We Really Making Much Progress?, RecSys 2019, https://doi.org/10.1145/3298689.3347058.
 * A product's neighbours are found when they are first asked for. Returns all products with a score, best first.
 */
export const itemKnn = (data: TrainingData, { neighbours, shrinkage, items: preset }: ItemKnnSettings) => {
  const { usersOf, productsOf, popularityRanks } = data;
  const nearest = new Map<number, { products: Int32Array; scores: Float32Array }>();
  const counts = new Int32Array(data.productCount);

  const nearestOf = (product: number) => {
    const known = nearest.get(product);
    if (known) return known;
    const met: number[] = [];
    const users = usersOf[product] as Int32Array;
    for (const user of users)
      for (const other of productsOf[user] as Int32Array) {
        if (counts[other] === 0) met.push(other);
        counts[other] = (counts[other] as number) + 1;
      }
    const cosine = (other: number) =>
      (counts[other] as number) /
      (Math.sqrt(users.length * (usersOf[other] as Int32Array).length) + shrinkage);
    const scores = Float64Array.from(met, (other) => (other === product ? 0 : cosine(other))).sort();
    const least = scores[Math.max(0, scores.length - neighbours)] ?? 0;
    const found = met
      .filter((other) => other !== product && cosine(other) >= least)
      .map((other) => ({ other, score: cosine(other) }))
      .sort((a, b) => b.score - a.score || a.other - b.other)
      .slice(0, neighbours);
    for (const other of met) counts[other] = 0;
    const row = {
      products: Int32Array.from(found, ({ other }) => other),
      scores: Float32Array.from(found, ({ score }) => score),
    };
    nearest.set(product, row);
    return row;
  };

  return ({ session, before }: Asked, items: Items = preset): number[] => {
    const all = [...new Set([...session, ...before])];
    const counted =
      items === 'all'
        ? all
        : items === 'session' && session.length > 0
          ? [...new Set(session)]
          : all.slice(0, 1);
    const scores = new Map<number, number>();
    for (const product of counted) {
      const row = nearestOf(product);
      for (const [place, other] of row.products.entries())
        scores.set(other, (scores.get(other) ?? 0) + (row.scores[place] as number));
    }
    const rank = (product: number) => popularityRanks[product] as number;
    return [...scores]
      .sort(([a, one], [b, other]) => other - one || rank(a) - rank(b))
      .map(([product]) => product);
  };
};
