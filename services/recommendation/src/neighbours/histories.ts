import { bytesEach, unknownType } from '../interactions/history-codec.ts';
import { headerBytes, sentCount } from './binary-values.ts';
import type { KeyNumbers } from './key-numbers.ts';

/** The products in some histories, as numbers: arrays of what an answer needs of thousands of interactions. */
export interface Histories {
  /** The products' keys by their numbers: first those of the session, in its order. */
  keys: Float64Array;
  /** The products of the first history, newest first and each once, then those of the next. */
  products: Int32Array;
  /** Where each history ends in `products`. */
  ends: Int32Array;
}

/**
 * Reads the products that count, as in sessionOf(), of a bytea[] of the column `history`, as Postgres sends it.
 * `weightByKind` is that of history-codec.ts; `numbers` is cleared.
 */
export const readHistories = (
  sent: Buffer,
  session: readonly number[],
  weightByKind: Float64Array,
  numbers: KeyNumbers,
): Histories => {
  const max = session.length + Math.ceil(sent.length / bytesEach);
  numbers.clear(max);
  const asked = new Int32Array(Float64Array.from(session).buffer);
  for (let at = 0; at < asked.length; at += 2) numbers.numberOf(asked[at] as number, asked[at + 1] as number);
  const view = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
  const products = new Int32Array(max);
  const ends = new Int32Array(sentCount(sent));
  // By number: the last history that was found to hold the product.
  const holders = new Int32Array(max);
  let [at, count] = [headerBytes, 0];
  for (let history = 0; history < ends.length; history++) {
    const bytes = view.getInt32(at);
    at += 4;
    // Null, of whom nothing is known, has -1.
    for (const end = at + bytes; at < end; at += bytesEach) {
      const weight = weightByKind[sent[at + 14] as number] as number;
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
