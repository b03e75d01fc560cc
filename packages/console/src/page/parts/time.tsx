import { ago, clock, localTime, momentOf, preciseClock, utc } from '../lib/time.ts';

interface TimeProps {
  at: string | number | undefined | null;
  /** `full` by default; `clock`: the time of day with milliseconds; `ago`: how long ago. */
  as?: 'full' | 'clock' | 'ago';
}

/** A time in the viewer's zone; in UTC where the pointer rests. */
export const Time = ({ at, as = 'full' }: TimeProps) => {
  const moment = momentOf(at);
  if (moment === undefined) return <span class="muted">–</span>;
  const text =
    as === 'ago'
      ? ago(moment, Math.max(clock.value, Date.now()))
      : as === 'clock'
        ? preciseClock(moment)
        : localTime(moment);
  const title = as === 'full' ? utc(moment) : `${localTime(moment)} · ${utc(moment)}`;
  return (
    <time dateTime={moment.toISOString()} title={title}>
      {text}
    </time>
  );
};
