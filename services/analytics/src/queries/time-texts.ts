import { bucketMs, bucketStart } from '../rollups/bucket.ts';
import { monthStart } from './series.ts';

/**
 * The texts of `toISOString`, which takes a microsecond for each: what times of a month that follow each other share is
 * written once.
 */
export const timeTexts = (times: readonly Date[]): string[] => {
  let month = { text: '', fromMs: 0, toMs: 0 };
  return times.map((time) => {
    const ms = time.getTime();
    if (ms < month.fromMs || ms >= month.toMs) month = monthOf(time);
    const dayMs = bucketStart('day', ms);
    const minutes = (ms - dayMs) / bucketMs.minute;
    if (!Number.isInteger(minutes)) return time.toISOString();
    const day = (dayMs - month.fromMs) / bucketMs.day + 1;
    return `${month.text}${digits[day]}T${digits[Math.floor(minutes / 60)]}:${digits[minutes % 60]}:00.000Z`;
  });
};

const digits = Array.from({ length: 60 }, (_, number) => `${number}`.padStart(2, '0'));

/** `text` is the year and the month. */
const monthOf = (time: Date) => ({
  text: time.toISOString().slice(0, -'DDThh:mm:ss.sssZ'.length),
  fromMs: monthStart(time, 0).getTime(),
  toMs: monthStart(time, 1).getTime(),
});
