/**
 * Finds a short part of a failing list that still fails, by leaving out ever smaller parts (delta debugging: Zeller,
 * Hildebrandt 2002). It calls `fails` only while it may try, so what it returns may not be the shortest.
 */
export const shrink = async <T>(
  failing: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  mayTry: () => boolean,
): Promise<readonly T[]> => {
  let kept = failing;
  for (let parts = 2; kept.length > 1 && mayTry(); ) {
    const size = Math.ceil(kept.length / parts);
    let shorter: readonly T[] | undefined;
    // From the end: what fails was done last. First one part alone, then all but one.
    const starts = Array.from({ length: parts }, (_, index) => size * index)
      .filter((start) => start < kept.length)
      .reverse();
    const alone = starts.map((start) => kept.slice(start, start + size));
    const without = parts === 2 ? [] : starts.map((start) => kept.toSpliced(start, size));
    for (const candidate of [...alone, ...without]) {
      if (!mayTry()) break;
      if (!(await fails(candidate))) continue;
      shorter = candidate;
      break;
    }
    if (shorter) {
      kept = shorter;
      parts = 2;
    } else if (size === 1) break;
    else parts = Math.min(kept.length, 2 * parts);
  }
  return kept;
};
