/** The types that weigh, by the number that stands for each in the tables. Never reordered. */
export const interactionTypes = ['view', 'like', 'add_to_cart', 'purchase'] as const;
export type InteractionType = (typeof interactionTypes)[number];

/** What a user did with a product. */
export interface Interaction {
  /** See keys.ts. */
  product: number;
  type: InteractionType;
  /** Milliseconds since the Unix epoch. */
  atMs: number;
  /** A purchase that was taken back: it weighs nothing, and keeps its place. */
  returned: boolean;
}

/** A type that is none of them weighs nothing. */
export const isInteractionType = (type: string): type is InteractionType =>
  (interactionTypes as readonly string[]).includes(type);

/** A total order of interactions, up to those that are equal: newest first. */
export const newestFirst = (a: Interaction, b: Interaction): number =>
  b.atMs - a.atMs ||
  a.product - b.product ||
  interactionTypes.indexOf(a.type) - interactionTypes.indexOf(b.type) ||
  Number(b.returned) - Number(a.returned);
