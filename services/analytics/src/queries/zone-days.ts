import { bucketMs, bucketStart } from '../rollups/bucket.ts';
import { cover, type Span } from './window.ts';

/** What the days of UTC count for another bucket than they should: it is added to one and taken from the other. */
export interface MovedSpan extends Span {
  /** Places from 1; 0 and one above the last are outside of the series. */
  gains: number;
  loses: number;
}

/**
 * Buckets between `edges` as the days of UTC between the midnights next to the edges, and the few hours or minutes
 * between each edge and its midnight: a tenth of what a day of hours would be. The counts of buckets of UTC that are
 * moved add up to those between the edges exactly.
 */
export const aroundDays = (edges: readonly Date[]): { midnights: Date[]; moved: MovedSpan[] } => {
  const midnights = edges.map((edge) => new Date(bucketStart('day', edge.getTime() + bucketMs.day / 2)));
  const moved = edges.flatMap((edge, index) => {
    const midnight = midnights[index] as Date;
    const [before, after] = [index, index + 1];
    return edge < midnight
      ? cover({ from: edge, to: midnight }).map((span) => ({ ...span, gains: after, loses: before }))
      : cover({ from: midnight, to: edge }).map((span) => ({ ...span, gains: before, loses: after }));
  });
  return { midnights, moved };
};
