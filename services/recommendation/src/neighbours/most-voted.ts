/** The keys of the products with the most votes, ties by key, in no order; those without votes are left out. */
export const mostVoted = (votes: Float64Array, keys: Float64Array, max: number): number[] => {
  const sorted = votes.toSorted();
  const least = Math.max(sorted[sorted.length - max] ?? 0, 0);
  const most: number[] = [];
  const equal: number[] = [];
  for (let number = 0; number < votes.length; number++) {
    const count = votes[number] as number;
    if (count > least) most.push(keys[number] as number);
    else if (count === least && least > 0) equal.push(keys[number] as number);
  }
  if (most.length + equal.length > max) equal.sort((a, b) => a - b).length = max - most.length;
  return [...most, ...equal];
};
