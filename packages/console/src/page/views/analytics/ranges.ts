import { param } from '../../lib/router.ts';
import { viewerZone } from '../../lib/time.ts';

export type Window = '1h' | '24h' | '7d' | '30d' | 'all';
type Granularity = 'minute' | 'hour' | 'day' | 'week';

export const windows: readonly (readonly [Window, string])[] = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['all', 'All'],
];

/** How finely a window is drawn, and how far back: hours. */
const drawn: Record<Window, { granularity: Granularity; hours: number }> = {
  '1h': { granularity: 'minute', hours: 1 },
  '24h': { granularity: 'hour', hours: 24 },
  '7d': { granularity: 'hour', hours: 24 * 7 },
  '30d': { granularity: 'day', hours: 24 * 30 },
  all: { granularity: 'week', hours: 24 * 365 },
};

/** The window in the address; 24 hours without one. */
export const windowOf = (): Window => {
  const given = param('window', '24h');
  return windows.find(([value]) => value === given)?.[0] ?? '24h';
};

export const zoneOf = (): string => param('zone', viewerZone);

/** The zones that can be chosen: the viewer's, UTC and those that the browser knows. */
export const zones = (): string[] => [
  ...new Set([viewerZone, 'UTC', zoneOf(), ...Intl.supportedValuesOf('timeZone')]),
];

/** The time range of a window, for a series; `from` is a whole minute, so that the same question stays the same. */
export const seriesRange = (window: Window, timezone: string) => {
  const { granularity, hours } = drawn[window];
  const from = Math.floor((Date.now() - hours * 3_600_000) / 60_000) * 60_000;
  return { granularity, from: new Date(from).toISOString(), timezone };
};
