import { createHash } from 'node:crypto';
import type { Window } from '../queries/window.ts';

/** A summary as JSON; the same summary has the same id, on every replica. */
export interface Snapshot {
  id: string;
  data: string;
}

export interface Follower {
  /** Is called after each reading: with the newest snapshot, or undefined when there is none yet. */
  offer(snapshot: Snapshot | undefined): void;
  end(): void;
}

export interface FeedOptions {
  /** A summary as JSON. */
  read: (window: Window) => Promise<string>;
  intervalMs?: number;
}

/**
 * Reads the summary of every window that has followers, once a second for all of them together; nothing while there is
 * no follower. A reading that fails is left out: the next one comes.
 */
export const summaryFeed = ({ read, intervalMs = 1_000 }: FeedOptions) => {
  const followers = new Map<Window, Set<Follower>>();
  const newest = new Map<Window, Snapshot>();
  let running = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const readOne = async (window: Window, all: ReadonlySet<Follower>): Promise<void> => {
    const data = await read(window).catch(() => undefined);
    // All may have left meanwhile: who comes later must not be told this.
    if (data !== undefined && all.size > 0) newest.set(window, snapshotOf(data));
    for (const follower of all) follower.offer(newest.get(window));
  };
  const round = async (): Promise<void> => {
    await Promise.all([...followers].map(([window, all]) => readOne(window, all)));
    running = followers.size > 0 && !stopped;
    timer = running ? setTimeout(round, intervalMs) : undefined;
  };
  const unfollow = (window: Window, follower: Follower): void => {
    const all = followers.get(window);
    all?.delete(follower);
    if (all?.size !== 0) return;
    followers.delete(window);
    newest.delete(window);
  };

  return {
    /** Until the function that it returns is called. The first snapshot comes at once, or within a second. */
    follow: (window: Window, follower: Follower): (() => void) => {
      if (stopped) follower.end();
      const all = followers.get(window) ?? new Set();
      followers.set(window, all.add(follower));
      if (newest.has(window)) follower.offer(newest.get(window));
      if (!running && !stopped) {
        running = true;
        void round();
      }
      return () => unfollow(window, follower);
    },
    /** Ends all followers, and those who come later. */
    stop: (): void => {
      stopped = true;
      clearTimeout(timer);
      for (const all of followers.values()) {
        for (const follower of all) follower.end();
        // A reading under way offers nothing to who has ended.
        all.clear();
      }
      followers.clear();
    },
  };
};

const snapshotOf = (data: string): Snapshot => ({
  id: createHash('sha256').update(data).digest('base64url').slice(0, 16),
  data,
});
