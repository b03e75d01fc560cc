/** Lets so many work at once; others wait for their turn, in the order in which they came. */
export interface Turns {
  /** Those that work and those that wait. */
  count(): number;
  /**
   * Calls `begin` when its turn has come: at once where there is room. Gives to it, and returns, what ends the turn; whoever
   * still waits then never begins. Ending twice is ending once.
   */
  take(begin: (end: () => void) => void): () => void;
}

/**
 * As many work at once as `atOnce` gives for the number of those that wait. While it gives fewer than for none, one begins
 * in each turn of the event loop, however many have ended: the loop accepts one connection in each.
 */
export const createTurns = (atOnce: (waiting: number) => number): Turns => {
  const waiting = new Set<() => void>();
  let working = 0;
  let isAsked = false;
  const work = (begin: () => void) => {
    working += 1;
    begin();
  };
  const next = () => {
    isAsked = false;
    const [begin] = waiting;
    // Who came after one that has left may have the place already.
    if (begin === undefined || working >= atOnce(waiting.size)) return;
    waiting.delete(begin);
    work(begin);
    // The fewer wait, the more may work.
    askNext();
  };
  const isCrowded = () => atOnce(waiting.size) < atOnce(0);
  // After what else the event loop has to do.
  const askNext = () => {
    if (isAsked && isCrowded()) return;
    isAsked = true;
    setImmediate(next);
  };
  return {
    count: () => working + waiting.size,
    take: (begin) => {
      let isOver = false;
      const turn = () => begin(end);
      const end = () => {
        if (isOver) return;
        isOver = true;
        if (waiting.delete(turn)) return;
        working -= 1;
        askNext();
      };
      if (waiting.size === 0 && working < atOnce(0)) work(turn);
      else waiting.add(turn);
      return end;
    },
  };
};
