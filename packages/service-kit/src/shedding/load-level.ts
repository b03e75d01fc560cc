/** Readings in a row that make a level rise, and that make it fall. */
const risesAfter = 3;
const fallsAfter = 10;
const levelMax = 4;

/**
 * The level of a load, 0 to 4, from readings at equal intervals: how often a reading holds its limit. It rises to what
 * three in a row have reached and falls to the highest of the last ten, so that what eases because requests are refused
 * does not let them all in again at once. A limit of 0 means that the load is not looked at.
 */
export const createLoadLevel = (limit: number) => {
  const recent: number[] = [];
  let level = 0;
  return {
    read: (value: number): void => {
      if (limit === 0) return;
      recent.unshift(Math.min(levelMax, Math.floor(value / limit)));
      recent.length = Math.min(recent.length, fallsAfter);
      const rising = recent.length < risesAfter ? 0 : Math.min(...recent.slice(0, risesAfter));
      level = Math.max(rising, Math.min(level, Math.max(...recent)));
    },
    level: (): number => level,
  };
};
