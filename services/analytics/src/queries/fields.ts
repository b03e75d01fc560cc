import { nullable } from '@souk/contracts/fields.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { time } from '@souk/service-kit/http/fields.ts';
import { pointsMax, type Series, type SeriesGranularity } from './series.ts';
import { typesMax } from './summary-repository.ts';
import { windows } from './window.ts';

/** The tag of every route here in the OpenAPI document. */
export const tags = ['analytics'];

export const Time = time({ description: 'RFC 3339 UTC' });
export const Count = Type.Integer({ minimum: 0 });
export const ReturnedUnits = Type.Integer({
  minimum: 0,
  description: 'quantities of what was cancelled or returned, at that time',
});
export const OwnCurrency = Type.String({
  description: 'what `revenue` is in: the SHOP_CURRENCY, or else the currency that most purchases are in',
});
export const Name = nullable(Type.String(), {
  description: 'the last known name, also of a deleted product; null when none has been seen',
});
export const CountsByType = Type.Record(Type.String(), Count, {
  description: `counts by activity type, at most the ${typesMax} most frequent ones; orders are not among them`,
});
export const EventsTotal = Type.Integer({ minimum: 0, description: 'activities of all types' });

export const WindowField = Type.Enum([...windows], {
  default: '24h',
  description: 'ends with the current minute',
});

/** A part of something; null when there is nothing that it could be a part of. */
export const Rate = (of: string) =>
  nullable(Type.Number({ minimum: 0, maximum: 1 }), { description: `as a part ${of}; null without any` });

export const rateOf = (part: number, whole: number | undefined): number | null =>
  whole ? part / whole : null;

const usualRange = '24 hours (minute, hour), 30 days (day), 12 weeks (week) or a year (month)';

/** The query of a series by one of these granularities; `usual` says what is told without from and to. */
export const seriesQuery = <G extends SeriesGranularity>(
  granularities: readonly G[],
  usualGranularity: NoInfer<G>,
  usual = usualRange,
) =>
  Type.Object(
    {
      granularity: Type.Unsafe<G>(Type.Enum([...granularities], { default: usualGranularity })),
      from: Type.Optional(
        time({
          description: `moved back to the start of its bucket. Without it ${usual} before \`to\`. With \`to\` it may span ${pointsMax} buckets`,
        }),
      ),
      to: Type.Optional(
        time({ description: 'not included, moved on to the end of its bucket. Now without it' }),
      ),
      timezone: Type.Optional(
        Type.String({
          maxLength: 64,
          description:
            'a name of the IANA time zone database, such as Europe/Berlin; without it that of the shop, which is UTC unless ' +
            'SHOP_TIMEZONE says otherwise. Days, weeks and months begin at its midnight, also across clock changes. Those of ' +
            'UTC and of the shop are kept without end, others as long as the smaller buckets that they are made of',
        }),
      ),
    },
    { additionalProperties: false },
  );

/** What the answer of a series begins with. */
export const SeriesHead = <G extends SeriesGranularity>(granularities: readonly G[]) => ({
  granularity: Type.Unsafe<G>(Type.Enum([...granularities])),
  from: Time,
  to: Time,
});

export const seriesHead = <G extends SeriesGranularity>({ granularity, from, to }: Series<G>) => ({
  granularity,
  from: from.toISOString(),
  to: to.toISOString(),
});
