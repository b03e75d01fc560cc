/** A queue that gives the earliest first, and of the same time the one that was added first. A binary heap. */
export interface EarliestFirst<T> {
  add(atMs: number, item: T): void;
  /** The time of the earliest; infinity when there is none. */
  nextMs(): number;
  take(): T | undefined;
}

interface Entry<T> {
  atMs: number;
  order: number;
  item: T;
}

export const earliestFirst = <T>(): EarliestFirst<T> => {
  const heap: Entry<T>[] = [];
  let added = 0;
  const at = (place: number) => heap[place] as Entry<T>;
  const isBefore = (a: Entry<T>, b: Entry<T>) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  return {
    add: (atMs, item) => {
      const entry = { atMs, order: added++, item };
      let place = heap.push(entry) - 1;
      for (
        let parent = (place - 1) >> 1;
        place > 0 && isBefore(entry, at(parent));
        parent = (place - 1) >> 1
      ) {
        heap[place] = at(parent);
        place = parent;
      }
      heap[place] = entry;
    },
    nextMs: () => heap[0]?.atMs ?? Number.POSITIVE_INFINITY,
    take: () => {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first?.item;
      let place = 0;
      for (let child = 1; child < heap.length; child = 2 * place + 1) {
        if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child += 1;
        if (!isBefore(at(child), last)) break;
        heap[place] = at(child);
        place = child;
      }
      heap[place] = last;
      return first.item;
    },
  };
};
