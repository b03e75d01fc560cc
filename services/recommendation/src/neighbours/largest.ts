/** The places of the `max` largest values above 0, the largest first; of equal values the first comes first. */
export const largest = (values: Float64Array, max: number): number[] => {
  // A heap as soon as it is full: none of them comes after the first.
  const kept: number[] = [];
  for (let place = 0; place < values.length; place++) {
    if (!((values[place] as number) > 0)) continue;
    if (kept.length < max) {
      kept.push(place);
      if (kept.length === max) for (let at = max >> 1; at >= 0; at--) sink(kept, at, max, values);
    } else if (isAfter(values, kept[0] as number, place)) {
      kept[0] = place;
      sink(kept, 0, max, values);
    }
  }
  if (kept.length < max) return kept.sort((a, b) => (isAfter(values, a, b) ? 1 : -1));
  for (let end = max - 1; end > 0; end--) {
    const last = kept[0] as number;
    kept[0] = kept[end] as number;
    kept[end] = last;
    sink(kept, 0, end, values);
  }
  return kept;
};

const isAfter = (values: Float64Array, a: number, b: number): boolean => {
  const one = values[a] as number;
  const other = values[b] as number;
  return one < other || (one === other && a > b);
};

/** Moves a place down the heap of the first `size` until none below comes after it. */
const sink = (heap: number[], from: number, size: number, values: Float64Array): void => {
  const moved = heap[from] as number;
  let at = from;
  for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
    if (below + 1 < size && isAfter(values, heap[below + 1] as number, heap[below] as number)) below++;
    if (!isAfter(values, heap[below] as number, moved)) break;
    heap[at] = heap[below] as number;
    at = below;
  }
  heap[at] = moved;
};
