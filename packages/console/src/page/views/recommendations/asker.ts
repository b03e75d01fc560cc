/** For whom an item is explained. */
export type Asker = { user: string } | { basket: readonly string[] };

/** The basket where there is one, otherwise the user. */
export const askerOf = (user: string, basket: readonly string[]): Asker =>
  user !== '' && basket.length === 0 ? { user } : { basket };
