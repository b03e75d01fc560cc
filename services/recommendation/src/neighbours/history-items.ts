import { bytesEach, unknownType, visitHistory } from '../interactions/history-codec.ts';
import { numberedKeys } from './numbered-keys.ts';

/** What a shopper was at, as of session.ts: the numbers of the products, the newest first. */
export type HistoryItems = readonly number[];

/** Histories as of the column `history`, one after the other. */
export interface HistoryBytes {
  bytes: Buffer;
  /** The length of each history in bytes. */
  lengths: Int32Array;
}

/**
 * The products in each history, numbered: those of a session by their places in it, then all others. They count as in
 * sessionOf(). `keys` has the products by their numbers.
 */
export const historyItems = (
  { bytes, lengths }: HistoryBytes,
  session: readonly number[],
  weightByKind: Float64Array,
): { keys: Float64Array; items: HistoryItems[] } => {
  const numbered = numberedKeys(session.length + bytes.length / bytesEach);
  const asked = new Int32Array(Float64Array.from(session).buffer);
  for (let at = 0; at < asked.length; at += 2)
    numbered.numberOf(asked[at] as number, asked[at + 1] as number);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // By number: the last history that was found to hold the product.
  const holders = new Int32Array(numbered.words.length / 2);
  const items: HistoryItems[] = [];
  let from = 0;
  for (const length of lengths) {
    const products: number[] = [];
    const holder = items.length + 1;
    visitHistory(view, [from, from + length], (low, high, kind) => {
      const weight = weightByKind[kind] as number;
      if (Number.isNaN(weight)) throw unknownType();
      if (weight === 0) return;
      const number = numbered.numberOf(low, high);
      if (holders[number] === holder) return;
      holders[number] = holder;
      products.push(number);
    });
    items.push(products);
    from += length;
  }
  return { keys: new Float64Array(numbered.words.buffer, 0, numbered.size()), items };
};
