import type { ServiceName } from '@souk/contracts/services.ts';
import cliProgress from 'cli-progress';
import { formatDuration } from '../client/numbers.ts';

const lineIntervalMs = 5_000;
const stuckAfterMs = 15_000;

/** A bar on a terminal; elsewhere a line every few seconds. Says so when nothing moves. */
export const showProgress = (stream: NodeJS.WriteStream, service: ServiceName) => {
  let bar: cliProgress.SingleBar | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  const startedAt = performance.now();
  let moved = { done: -1, at: performance.now() };
  const showBar = (done: number, total: number, note: string) => {
    if (!bar) {
      bar = newBar(stream);
      bar.start(total, done, { note });
    }
    bar.setTotal(total);
    bar.update(done, { note });
  };
  const showLine = (done: number, total: number, note: string) => {
    if (performance.now() - writtenAt < lineIntervalMs && done < total) return;
    writtenAt = performance.now();
    const left =
      done > 0 ? formatDuration(((performance.now() - startedAt) * (total - done)) / done) : 'unknown';
    const share = `${Math.floor((100 * done) / total)} %`;
    stream.write(
      `read again: ${share}, ${done} of ${total} messages, time left ${left}${note && `, ${note}`}\n`,
    );
  };
  return {
    show: ({ done, total, lastLine }: { done: number; total: number; lastLine?: string | undefined }) => {
      if (total === 0) return;
      if (done !== moved.done) moved = { done, at: performance.now() };
      const stuck = performance.now() - moved.at > stuckAfterMs;
      const hint = lastLine
        ? `the builder's last line is ${lastLine}`
        : `does ${service} run, or what builds beside it? See souk status`;
      const note = stuck ? `nothing moves: ${hint}` : '';
      if (stream.isTTY) showBar(done, total, note);
      else showLine(done, total, note);
    },
    end: () => bar?.stop(),
  };
};

const newBar = (stream: NodeJS.WriteStream) =>
  new cliProgress.SingleBar({
    stream,
    format:
      'reading again [{bar}] {percentage} %, {value} of {total} messages, time left {eta_formatted}  {note}',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
  });
