/** A path below /api/v1/analytics, and what of its answer follows from which statement over the bare facts. */
export interface Comparison {
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer in JSON
  told: (answer: any) => unknown;
  /** One row with `expected`, as JSON. */
  facts: string;
}

export const windows = ['1h', '24h', '7d', '30d', 'all'] as const;
type Window = (typeof windows)[number];

const lengths: Readonly<Record<Exclude<Window, 'all'>, string>> = {
  '1h': '1 hour',
  '24h': '24 hours',
  '7d': '168 hours',
  '30d': '720 hours',
};

/** Where a window begins: the shorter ones to the minute. */
const beginning = (window: Exclude<Window, 'all'>, until: string, length: string): string =>
  `date_trunc('${window === '1h' || window === '24h' ? 'minute' : 'hour'}', ${until} - ${length}, 'UTC')`;

export const sinceOf = (window: Window): string =>
  window === 'all'
    ? `timestamptz '-infinity'`
    : beginning(window, '(select until from clock)', `interval '${lengths[window]}'`);

/** The facts of a window. */
export const within = (window: Window): string =>
  window === 'all'
    ? 'true'
    : `date_trunc('minute', occurred_at) < (select until from clock)
      and date_trunc('minute', occurred_at) >= ${sinceOf(window)}`;

/** Those of the window before, which is as long as this one, or longer to begin like it. */
export const before = (window: Exclude<Window, 'all'>): string => {
  const since = sinceOf(window);
  return `date_trunc('minute', occurred_at) < ${since}
    and date_trunc('minute', occurred_at) >= ${beginning(window, since, `((select until from clock) - ${since})`)}`;
};

/** Money by currency, of trades that a condition takes, in major units. */
export const money = (condition: string): string => `(
  select coalesce(json_object_agg(currency, json_build_object('gross', gross, 'refunded', refunded, 'net', net)), '{}')
  from (
    select currency, (sum(gross_minor) / unit)::float8 as gross, (sum(refunded_minor) / unit)::float8 as refunded,
      (sum(gross_minor - refunded_minor) / unit)::float8 as net
    from trades cross join lateral (select case currency when 'BHD' then 1000 else 100 end as unit) as units
    where ${condition} group by currency, unit having sum(gross_minor + refunded_minor) > 0
  ) as money)`;
