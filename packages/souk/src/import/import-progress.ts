import type { SingleBar } from 'cli-progress';
import { formatCount } from '../client/numbers.ts';
import { progressBar } from '../client/progress-bar.ts';

export interface ImportProgress {
  /** A phase begins; its total is 0 when nobody knows it. */
  phase(phase: string, total: number): void;
  done(count: number): void;
  /** So many events the consumers are behind while the import waits for them; undefined when it goes on. */
  waiting(behind: number | undefined): void;
  end(): void;
}

const counted = {
  bar: '{phase} [{bar}] {value}/{total}  {rate}  {note}',
  line: '{phase}: {value} of {total}  {rate}  {note}',
};
const uncounted = { bar: '{phase} … {note}', line: '{phase} … {note}' };

/** How far an import is, phase by phase, with the rate. */
export const importProgress = (stream: NodeJS.WriteStream): ImportProgress => {
  let bar: SingleBar | undefined;
  let count = 0;
  let startedAt = 0;
  const end = () => bar?.stop();
  return {
    phase: (phase, total) => {
      end();
      count = 0;
      startedAt = performance.now();
      bar = progressBar(stream, total === 0 ? uncounted : counted);
      bar.start(total, 0, { phase, rate: '', note: '' });
    },
    done: (more) => {
      count += more;
      const rate = count / Math.max(0.001, (performance.now() - startedAt) / 1_000);
      bar?.update(count, { rate: `${formatCount(rate)}/s` });
    },
    waiting: (behind) =>
      bar?.update({
        note: behind === undefined ? '' : `waiting for the consumers, ${formatCount(behind)} events behind`,
      }),
    end,
  };
};
