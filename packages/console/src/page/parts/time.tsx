import { ago, localTime, preciseClock, utc } from '../lib/time.ts';

interface TimeProps {
  at: string | number | undefined | null;
  /** `full` by default; `clock`: the time of day with milliseconds; `ago`: how long ago. */
  as?: 'full' | 'clock' | 'ago';
}

/** A time in the viewer's zone; in UTC where the pointer rests. */
export const Time = ({ at, as = 'full' }: TimeProps) => {
  if (at === undefined || at === null) return <span class="muted">–</span>;
  const text = as === 'ago' ? ago(at) : as === 'clock' ? preciseClock(at) : localTime(at);
  const title = as === 'full' ? utc(at) : `${localTime(at)} · ${utc(at)}`;
  return (
    <time dateTime={new Date(at).toISOString()} title={title}>
      {text}
    </time>
  );
};
