/** The keys of the products with the most votes, ties by key, in no order; those without votes are left out. */
export const mostVoted = (votes: Float64Array, keys: Float64Array, max: number): number[] => {
  const voted = votes.filter((count) => count > 0);
  if (voted.length <= max) return [...keys.filter((_, number) => (votes[number] as number) > 0)];
  const least = voted.sort()[voted.length - max] as number;
  const more = keys.filter((_, number) => (votes[number] as number) > least);
  const equal = keys.filter((_, number) => votes[number] === least).sort();
  return [...more, ...equal.subarray(0, max - more.length)];
};
