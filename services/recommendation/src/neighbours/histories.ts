import { bytesEach, unknownType } from '../interactions/history-codec.ts';
import type { KeyNumbers } from './key-numbers.ts';

/** Some histories as of the column `history`. */
export interface HistoryBytes {
  bytes: Buffer;
  /** How many of the bytes are of each, one after the other; 0 for a shopper of whom nothing is known. */
  lengths: Int32Array;
}

/** The products in some histories, as numbers: arrays of what an answer needs of thousands of interactions. */
export interface Histories {
  /** The products' keys by their numbers: first those of the session, in its order. */
  keys: Float64Array;
  /** The products of the first history, newest first and each once, then those of the next. */
  products: Int32Array;
  /** Where each history ends in `products`. */
  ends: Int32Array;
}

/** Reads the products that count, as in sessionOf(). `weightByKind` is that of history-codec.ts; `numbers` is cleared. */
export const readHistories = (
  { bytes, lengths }: HistoryBytes,
  session: readonly number[],
  weightByKind: Float64Array,
  numbers: KeyNumbers,
): Histories => {
  const max = session.length + bytes.length / bytesEach;
  numbers.clear(max);
  const asked = new Int32Array(Float64Array.from(session).buffer);
  for (let at = 0; at < asked.length; at += 2) numbers.numberOf(asked[at] as number, asked[at + 1] as number);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const products = new Int32Array(max);
  const ends = new Int32Array(lengths.length);
  // By number: the last history that was found to hold the product.
  const holders = new Int32Array(max);
  let [at, end, count] = [0, 0, 0];
  for (let history = 0; history < lengths.length; history++) {
    end += lengths[history] as number;
    for (; at < end; at += bytesEach) {
      const weight = weightByKind[bytes[at + 14] as number] as number;
      if (Number.isNaN(weight)) throw unknownType();
      if (weight === 0) continue;
      const number = numbers.numberOf(view.getInt32(at, true), view.getInt32(at + 4, true));
      if (holders[number] === history + 1) continue;
      holders[number] = history + 1;
      products[count++] = number;
    }
    ends[history] = count;
  }
  return {
    keys: new Float64Array(numbers.words().buffer),
    products: products.subarray(0, count),
    ends,
  };
};
