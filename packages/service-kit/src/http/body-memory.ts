/** A body that needs no more than this is small: how many there are is bounded by the connections. */
const smallBytesMax = 64 * 1024;
/** Twice the largest body of any route. */
const largeBytesMax = 2 * 8 * 1024 * 1024;

export type BodyMemory = ReturnType<typeof createBodyMemory>;

/** What the large bodies of all requests in flight take together: bytes as they came, or more once they are values. */
export const createBodyMemory = () => {
  const held = new WeakMap<object, number>();
  let total = 0;
  return {
    /** Says how much the body of `request` takes by now. False, and nothing changes, when there is no room for that. */
    hold: (request: object, bytes: number): boolean => {
      const more = bytes - (held.get(request) ?? 0);
      if (bytes <= smallBytesMax || more <= 0) return true;
      if (total + more > largeBytesMax) return false;
      total += more;
      held.set(request, bytes);
      return true;
    },
    /** Once the request is over, or its body is dropped. */
    release: (request: object): void => {
      total -= held.get(request) ?? 0;
      held.delete(request);
    },
  };
};
