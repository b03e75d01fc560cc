import { bucketMs, bucketStart } from '../rollups/bucket.ts';
import { cover, type Span } from './window.ts';

/**
 * Buckets between `edges` as the days of UTC between the midnights next to the edges, and the few hours or minutes
 * between each edge and its midnight: a tenth of what a day of hours would be. The counts of buckets of UTC that are
 * moved add up to those between the edges exactly.
 */
export const aroundDays = (edges: readonly Date[]): { midnights: Date[]; moved: Span[] } => {
  const midnights = edges.map((edge) => new Date(bucketStart('day', edge.getTime() + bucketMs.day / 2)));
  const moved = edges.flatMap((edge, index) => {
    const midnight = midnights[index] as Date;
    return edge < midnight ? cover({ from: edge, to: midnight }) : cover({ from: midnight, to: edge });
  });
  return { midnights, moved };
};
