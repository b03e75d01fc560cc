/** In Unix milliseconds. Every driver and consumer reads the times from 1970 to this one in the same way. */
export const instantMsMax = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const instantRange = 'must be a time from 1970 to 9999';

/** The time of an RFC 3339 text, to the millisecond; undefined for a leap second and outside of 1970 to 9999 UTC. */
export const readInstant = (text: string): Date | undefined => {
  const ms = Date.parse(text);
  return ms >= 0 && ms <= instantMsMax ? new Date(ms) : undefined;
};

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** As `readInstant`, of a text that nobody has checked: undefined also without a zone. */
export const readRfc3339 = (text: string): Date | undefined =>
  rfc3339.test(text) ? readInstant(text) : undefined;
