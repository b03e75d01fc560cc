import type { InteractionLog } from './interaction-log.ts';

/** Who was at what, each pair once: the matrix of the baselines, by row and by column. */
export interface TrainingData {
  userCount: number;
  productCount: number;
  /** By user, oldest first. */
  productsOf: Int32Array[];
  /** By product. */
  usersOf: Int32Array[];
  /** By product, the place in the order of popularity from 0: distinct users, ties by the product's place. */
  popularityRanks: Int32Array;
  /** All products, most popular first. */
  mostPopular: number[];
}

export const trainingDataOf = (log: InteractionLog, training: Int32Array): TrainingData => {
  const { userCount, productCount } = log;
  const ofUser = Array.from({ length: userCount }, () => new Set<number>());
  for (const at of training) ofUser[log.users[at] as number]?.add(log.products[at] as number);
  const ofProduct: number[][] = Array.from({ length: productCount }, () => []);
  for (const [user, products] of ofUser.entries())
    for (const product of products) ofProduct[product]?.push(user);
  const usersOf = ofProduct.map((users) => Int32Array.from(users));
  const mostPopular = usersOf
    .map((users, product) => ({ product, count: users.length }))
    .sort((a, b) => b.count - a.count || a.product - b.product)
    .map(({ product }) => product);
  const popularityRanks = new Int32Array(productCount);
  for (const [rank, product] of mostPopular.entries()) popularityRanks[product] = rank;
  return {
    ...{ userCount, productCount, usersOf, mostPopular, popularityRanks },
    productsOf: ofUser.map((products) => Int32Array.from(products)),
  };
};
