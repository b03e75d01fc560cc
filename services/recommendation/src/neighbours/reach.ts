/*
 * How far is looked for a session. Of a long one the older products say less, and its neighbours have more of it in
 * common: fewer of them recommend as well or better.
 */

/** The first places of a session, whose products are looked at in full; no longer session is a long one. */
export const newestPlaces = 5;
/** From so many products on a session is asked about half as many neighbours. */
export const longSession = 10;

/** How many of the newest shoppers of the product at a place of the session are looked at. */
export const shoppersLooked = (max: number, place: number): number =>
  place < newestPlaces ? max : Math.ceil(max / 2);

/** How many neighbours a session of so many products is asked about: the longer it is, the fewer. */
export const neighboursAsked = (max: number, products: number): number => {
  const length = (products - newestPlaces) / (longSession - newestPlaces);
  return Math.ceil(max - (max / 2) * Math.min(Math.max(length, 0), 1));
};
