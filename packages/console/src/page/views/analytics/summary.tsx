import { type AnswerTo, addressOf, withQuery } from '../../lib/address.ts';
import { count, money, percent, short } from '../../lib/format.ts';
import { paused, useStream } from '../../lib/live.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Stat, Stats } from '../../parts/stats.tsx';
import { LoadedPart } from '../../parts/view.tsx';
import type { Window } from './ranges.ts';

type SummaryData = AnswerTo<'analytics', '/api/v1/analytics/summary'>;

/** The totals of a window, live. */
export const Summary = ({ window }: { window: Window }) => {
  const loaded = useLoad(addressOf('analytics', '/api/v1/analytics/summary', { window }));
  const { message, state } = useStream<SummaryData>(
    withQuery('/api/analytics/api/v1/analytics/stream', { window }),
    'summary',
  );
  const live = message?.window === window ? message : undefined;
  return (
    <LoadedPart loaded={live ? { ...loaded, data: live } : loaded} what="the summary">
      {(data) => (
        <>
          <SummaryFigures summary={data} />
          <p class="muted small" role="status">
            {paused.value
              ? 'Paused.'
              : state === 'open'
                ? 'Live: changes show at once.'
                : 'Not live at the moment: it is tried again by itself.'}
          </p>
        </>
      )}
    </LoadedPart>
  );
};

const SummaryFigures = ({ summary }: { summary: SummaryData }) => {
  const { previous, currency, revenue_by_currency } = summary;
  const own = revenue_by_currency[currency];
  const others = Object.entries(revenue_by_currency).filter(([code]) => code !== currency);
  return (
    <Stats>
      <Stat
        name="Net revenue"
        value={money(summary.revenue, currency)}
        note={[
          own && own.refunded > 0
            ? `${money(own.gross, currency)} sold, ${money(own.refunded, currency)} refunded`
            : 'nothing refunded',
          ...others.map(([code, { net }]) => `and ${money(net, code)}`),
        ].join(' · ')}
      />
      <Stat
        name="Purchases"
        value={count(summary.purchases)}
        unit="lines"
        note={`${count(summary.units)} units${summary.returned_units > 0 ? `, ${count(summary.returned_units)} came back` : ''}`}
      />
      <Stat name="Active users" value={count(summary.active_users)} note="with at least one activity" />
      <Stat
        name="Activities"
        value={short(summary.events_total)}
        note={changeOf(summary.events_total, previous?.events_total)}
      />
      <Stat
        name="Registered"
        value={short(summary.users)}
        unit="users"
        note={`${count(summary.products)} products in the catalogue`}
      />
    </Stats>
  );
};

/** Against the time range of the same length before. */
const changeOf = (now: number, before: number | undefined): string => {
  if (before === undefined) return 'since the beginning';
  if (before === 0) return now === 0 ? 'as before' : 'none in the time before';
  const change = now / before - 1;
  return `${change >= 0 ? '+' : '−'}${percent(Math.abs(change))} on the time before`;
};
