/**
 * The first `count` of items in the order of `compare`, as sorting all of them would give: most items are compared once,
 * with the last of those kept.
 */
export const best = <T>(items: Iterable<T>, count: number, compare: (a: T, b: T) => number): T[] => {
  const kept: T[] = [];
  for (const item of items) {
    const last = kept[count - 1];
    if (last !== undefined && compare(last, item) <= 0) continue;
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(kept[middle] as T, item) <= 0) low = middle + 1;
      else high = middle;
    }
    kept.splice(low, 0, item);
    if (kept.length > count) kept.pop();
  }
  return kept;
};
