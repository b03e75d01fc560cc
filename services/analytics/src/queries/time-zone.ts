/** Names of the time zone database only: no offsets, which have no clock changes. */
export const isTimeZone = (zone: string): boolean => {
  // Looking up any other name loads 7 MB of locale data.
  if (zone === 'UTC') return true;
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

export const timeZoneFault = 'must be a name of the IANA time zone database, such as Europe/Berlin';
