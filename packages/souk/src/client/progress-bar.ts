import cliProgress from 'cli-progress';
import { formatCount } from './numbers.ts';

const lineIntervalMs = 5_000;

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
    formatValue: (value, _, type) => (type === 'value' || type === 'total' ? formatCount(value) : `${value}`),
  });
