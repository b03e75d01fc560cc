import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { analysts } from '../access.ts';
import { changeOf } from './comparison.ts';
import {
  Count,
  CountsByType,
  EventsTotal,
  OwnCurrency,
  ReturnedUnits,
  Time,
  tags,
  WindowField,
} from './fields.ts';
import { RevenueFigures, revenueFigures } from './revenue.ts';
import type { Happened, SummaryRepository } from './summary-repository.ts';
import { rangeBefore, type TimeRange, type Window, windowUntil } from './window.ts';

const HappenedFields = {
  events: CountsByType,
  events_total: EventsTotal,
  purchases: Type.Integer({ minimum: 0, description: 'purchase lines' }),
  units: Type.Integer({ minimum: 0, description: 'the quantities of the purchase lines' }),
  returned_units: ReturnedUnits,
  ...RevenueFigures,
};

const Change = nullable(Type.Number(), {
  description: 'as a part of what it was before: 0.5 is half as much again; null when it was nothing',
});

const Summary = Type.Object(
  {
    window: WindowField,
    from: nullable(Time, { description: 'null for the window all, which has no beginning' }),
    to: Time,
    users: Type.Integer({ minimum: 0, description: 'registered now, whatever the window' }),
    products: Type.Integer({ minimum: 0, description: 'in the catalogue now, whatever the window' }),
    currency: OwnCurrency,
    ...HappenedFields,
    active_users: Count,
    previous: nullable(Type.Object({ from: Time, to: Time, ...HappenedFields }), {
      description:
        'the time range before, as long, or up to an hour longer for 7d and 30d; null for the window all',
    }),
    change: nullable(
      Type.Object({
        events: Type.Record(Type.String(), Change),
        events_total: Change,
        purchases: Change,
        units: Change,
        returned_units: Change,
        revenue: Change,
      }),
      { description: 'from `previous` to now; null for the window all' },
    ),
  },
  { title: 'Summary' },
);

export const summaryRoutes = (
  http: Http,
  { summaries, now }: { summaries: SummaryRepository; now: () => Date },
): void => {
  http.get(
    '/api/v1/analytics/summary',
    {
      config: { access: analysts },
      schema: {
        tags,
        operationId: 'getSummary',
        summary: 'The shop in figures',
        querystring: Type.Object({ window: WindowField }, { additionalProperties: false }),
        response: { 200: Summary },
      },
    },
    async ({ query: { window } }) => readSummary(summaries, window, now()),
  );
};

/** The answer for a window that ends now, compared with the one before it. */
export const readSummary = async (summaries: SummaryRepository, window: Window, now: Date) => {
  const timeRange = windowUntil(window, now);
  const before = window === 'all' ? null : rangeBefore(timeRange);
  const [row, rowBefore] = await Promise.all([
    summaries.read(timeRange),
    before && summaries.happened(before),
  ]);
  const current = inMajorUnits(row, row.currency);
  const previous = rowBefore && before && { ...rangeOf(before), ...inMajorUnits(rowBefore, row.currency) };
  return {
    window,
    ...rangeOf(timeRange),
    from: before && timeRange.from.toISOString(),
    ...current,
    previous,
    change: previous && changeOf(previous, current),
  };
};

const rangeOf = ({ from, to }: TimeRange) => ({ from: from.toISOString(), to: to.toISOString() });

const inMajorUnits = <Row extends Happened>({ money, ...counts }: Row, currency: string) => ({
  ...counts,
  ...revenueFigures(money, currency),
});
