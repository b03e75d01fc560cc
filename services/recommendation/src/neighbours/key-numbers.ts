/**
 * Numbers for different keys of 8 bytes, from 0 in the order of their first appearance. What belongs to a key can then
 * be kept in arrays by its number: many times faster than maps by numbers beyond 32 bits. One table serves one use after
 * the other, as allocating it costs more than the use.
 */
export const keyNumbers = () => {
  // Open addressing with linear probing, at most half full: number + 1, or 0.
  let slots = new Int32Array(2);
  let words = new Int32Array(2);
  let size = 0;
  return {
    /** Forgets all keys; `max` different ones may follow. */
    clear: (max: number): void => {
      size = 0;
      const needed = 2 ** Math.ceil(Math.log2(2 * max + 1));
      if (needed <= slots.length) slots.fill(0);
      else {
        slots = new Int32Array(needed);
        words = new Int32Array(needed);
      }
    },
    size: () => size,
    /** A copy of the keys by their numbers, two words each: the lower one first. */
    words: (): Int32Array<ArrayBuffer> => words.slice(0, 2 * size),
    /** The number of a key, a new one if need be. */
    numberOf: (low: number, high: number): number => {
      const mask = slots.length - 1;
      const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
      let at = (mixed ^ (mixed >>> 15)) & mask;
      for (let taken = slots[at] as number; taken !== 0; taken = slots[at] as number) {
        const number = taken - 1;
        if (words[2 * number] === low && words[2 * number + 1] === high) return number;
        at = (at + 1) & mask;
      }
      words[2 * size] = low;
      words[2 * size + 1] = high;
      slots[at] = size + 1;
      return size++;
    },
  };
};

export type KeyNumbers = ReturnType<typeof keyNumbers>;
