/** The types that weigh in recommendations. */
export type InteractionType = 'view' | 'like' | 'add_to_cart' | 'purchase';

/** What a user did with a product, as a file tells it. */
export interface Interaction {
  user: string;
  product: string;
  /** Milliseconds since the Unix epoch. */
  atMs: number;
  type: InteractionType;
  /** Names the visit or order it belongs to, where the file does. */
  session?: string;
}

/** A line of a file: what it says, or why it says nothing. `leftOut` lines are none of people with products. */
export type InteractionLine = { lineNumber: number } & (
  | { interaction: Interaction }
  | { fault: string }
  | { leftOut: string }
);
