/*
 * How far is looked for a session. Of a long one the older products say less, and its neighbours have more of it in
 * common: fewer of them recommend about as well, and cost less.
 */

/** The first places of a session, whose products are looked at in full. */
export const newestPlaces = 3;
/** Up to so many products a session is asked about all neighbours, and from so many on about this share of them. */
export const shortSession = 5;
export const longSession = 10;
export const longSessionShare = 0.4;

/** How many of the newest shoppers of the product at a place of the session are looked at. */
export const shoppersLooked = (max: number, place: number): number =>
  place < newestPlaces ? max : Math.ceil(max / 2);

/** How many neighbours a session of so many products is asked about: the longer it is, the fewer. */
export const neighboursAsked = (max: number, products: number): number => {
  const length = (products - shortSession) / (longSession - shortSession);
  return Math.ceil(max - max * (1 - longSessionShare) * Math.min(Math.max(length, 0), 1));
};
