import cliProgress from 'cli-progress';
import { formatCount } from '../client/numbers.ts';

const lineIntervalMs = 5_000;
const phaseWidth = 9;
const clearLine = '\r\u001b[K';

export interface ImportProgress {
  /** A phase begins; its total is 0 when nobody knows it. */
  phase(phase: string, total: number): void;
  done(count: number): void;
  /** So many events the consumers are behind while the import waits for them; undefined when it goes on. */
  waiting(behind: number | undefined): void;
  end(): void;
}

/** A bar with the rate on a terminal; elsewhere a line at each phase and every few seconds. */
export const importProgress = (stream: NodeJS.WriteStream): ImportProgress =>
  stream.isTTY ? barProgress(stream) : lineProgress(stream);

const barProgress = (stream: NodeJS.WriteStream): ImportProgress => {
  let bar: cliProgress.SingleBar | undefined;
  let current: Phase = begin('customers', 0);
  const end = () => {
    bar?.stop();
    bar = undefined;
    stream.write(clearLine);
  };
  return {
    phase: (phase, total) => {
      end();
      current = begin(phase, total);
      if (total === 0) return void stream.write(`${phase} …`);
      bar = newBar(stream);
      bar.start(total, 0, { phase: phase.padEnd(phaseWidth), rate: '', note: '' });
    },
    done: (count) => {
      current.count += count;
      bar?.update(current.count, { rate: rateOf(current) });
    },
    waiting: (behind) => {
      const note = behind === undefined ? '' : waitingNote(behind);
      if (bar) bar.update({ note });
      else stream.write(`${clearLine}${current.phase} … ${note}`);
    },
    end,
  };
};

const newBar = (stream: NodeJS.WriteStream) =>
  new cliProgress.SingleBar({
    stream,
    format: '{phase} [{bar}] {value}/{total}  {rate}  {note}',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    formatValue: (value, _, type) => (type === 'value' || type === 'total' ? formatCount(value) : `${value}`),
  });

const lineProgress = (stream: NodeJS.WriteStream): ImportProgress => {
  let current: Phase = begin('customers', 0);
  let writtenAt = 0;
  const write = (text: string) => {
    writtenAt = performance.now();
    stream.write(`${text}\n`);
  };
  const isDue = () => performance.now() - writtenAt > lineIntervalMs;
  return {
    phase: (phase, total) => {
      current = begin(phase, total);
      write(total > 0 ? `${phase}: ${formatCount(total)}` : `${phase} …`);
    },
    done: (count) => {
      current.count += count;
      const reached = `${formatCount(current.count)} of ${formatCount(current.total)}`;
      if (isDue()) write(`${current.phase}: ${reached} (${rateOf(current)})`);
    },
    waiting: (behind) => {
      if (behind !== undefined && isDue()) write(`${current.phase}: ${waitingNote(behind)}`);
    },
    end: () => undefined,
  };
};

interface Phase {
  phase: string;
  total: number;
  count: number;
  startedAt: number;
}

const begin = (phase: string, total: number): Phase => ({
  phase,
  total,
  count: 0,
  startedAt: performance.now(),
});

const rateOf = ({ count, startedAt }: Phase): string =>
  `${formatCount(count / Math.max(0.001, (performance.now() - startedAt) / 1_000))}/s`;

const waitingNote = (behind: number): string =>
  `waiting for the consumers, ${formatCount(behind)} events behind`;
