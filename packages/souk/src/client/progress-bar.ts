import cliProgress from 'cli-progress';
import { formatCount, formatDuration } from './numbers.ts';

const lineIntervalMs = 5_000;
/** The time left follows from so many updates: from all, where there are fewer. */
const updatesCounted = 1_000;

/** A bar on a terminal, which goes when it stops; elsewhere a line every few seconds. Both as cli-progress formats. */
export const progressBar = (
  stream: NodeJS.WriteStream,
  { bar, line }: { bar: string; line: string },
): cliProgress.SingleBar =>
  new cliProgress.SingleBar({
    stream,
    format: stream.isTTY ? bar : line,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: lineIntervalMs,
    etaBuffer: updatesCounted,
    // What the library cannot tell, such as INF, is text.
    formatTime: (seconds: number | string) =>
      typeof seconds === 'number' ? formatDuration(seconds * 1_000) : 'unknown',
    formatValue: (value, _, type) => (type === 'value' || type === 'total' ? formatCount(value) : `${value}`),
  });
