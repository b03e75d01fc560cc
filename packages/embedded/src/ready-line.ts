import { type Child, type ChildOptions, describeExit, startChild } from './child.ts';

/**
 * Starts a child and waits until a line of its output satisfies `isReady`. Rejects, with its last lines, when it
 * ends before, or (then it is stopped) when the deadline passes.
 */
export const startUntilLine = async (
  name: string,
  options: ChildOptions,
  isReady: (line: string) => boolean,
  deadlineMs: number,
): Promise<Child> => {
  const { promise: ready, resolve: markReady } = Promise.withResolvers<'ready'>();
  const child = await startChild({
    ...options,
    onLine: (line) => {
      if (isReady(line)) markReady('ready');
      options.onLine?.(line);
    },
  });
  const { promise: late, resolve: markLate } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => markLate('late'), deadlineMs);
  const outcome = await Promise.race([ready, late, child.exited]);
  clearTimeout(timer);
  if (outcome === 'ready') return child;

  const exit = outcome === 'late' ? await child.stop() : outcome;
  const what = outcome === 'late' ? `was not ready after ${deadlineMs} ms` : `ended (${describeExit(exit)})`;
  throw new Error(`${name} ${what}:\n${child.lastLines().join('\n')}`);
};
