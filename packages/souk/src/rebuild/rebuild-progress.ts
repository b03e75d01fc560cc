import type { ServiceName } from '@souk/contracts/services.ts';
import { progressBar } from '../client/progress-bar.ts';

const stuckAfterMs = 15_000;
const figures = '{percentage} %, {value} of {total} messages, time left {eta_formatted}  {note}';

/** How far a rebuild is. Says so when nothing moves. */
export const showProgress = (stream: NodeJS.WriteStream, service: ServiceName) => {
  const bar = progressBar(stream, {
    bar: `reading again [{bar}] ${figures}`,
    line: `read again: ${figures}`,
  });
  let moved = { done: -1, at: performance.now() };
  return {
    show: ({ done, total, lastLine }: { done: number; total: number; lastLine?: string | undefined }) => {
      if (total === 0) return;
      if (done !== moved.done) moved = { done, at: performance.now() };
      const stuck = performance.now() - moved.at > stuckAfterMs;
      const hint = lastLine
        ? `the builder's last line is ${lastLine}`
        : `does ${service} run, or what builds beside it? See souk status`;
      const note = stuck ? `nothing moves: ${hint}` : '';
      if (!bar.isActive) bar.start(total, done, { note });
      bar.setTotal(total);
      bar.update(done, { note });
    },
    end: () => bar.stop(),
  };
};
