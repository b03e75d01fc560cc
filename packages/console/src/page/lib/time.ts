import { signal } from '@preact/signals';
import { duration } from './format.ts';

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const timeAlone = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** In the viewer's zone: 3 Feb 2026, 14:05:09. */
export const localTime = (at: Date | string | number): string => dayAndTime.format(new Date(at));
export const localDay = (at: Date | string | number): string => day.format(new Date(at));

/** With milliseconds: 14:05:09.123. */
export const preciseClock = (at: Date | string | number): string =>
  `${timeAlone.format(new Date(at))}.${String(new Date(at).getUTCMilliseconds()).padStart(3, '0')}`;

/** 2026-02-03 13:05:09.123 UTC */
export const utc = (at: Date | string | number): string =>
  `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;

/** Undefined for what is no time: headers of dead letters and timestamps of messages are whatever somebody wrote. */
export const momentOf = (at: string | number | undefined | null): Date | undefined => {
  const moment = new Date(at ?? Number.NaN);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
};

const clockEveryMs = 10_000;
/** A recent time, Unix milliseconds: what shows an age reads it, and so is drawn again as that grows. */
export const clock = signal(0);

/** Lets ages grow on a page of which nothing else changes. */
export const followClock = (): void => {
  setInterval(() => {
    clock.value = Date.now();
  }, clockEveryMs);
};

/** "just now", "12 s ago", "in 3 min". */
export const ago = (at: Date | string | number, now = Date.now()): string => {
  const ms = now - new Date(at).getTime();
  if (Math.abs(ms) < 1_000) return 'just now';
  return ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
};
