import { addressOf } from '../../lib/address.ts';
import { count, percent } from '../../lib/format.ts';
import { Bars } from '../../parts/bars.tsx';
import { Figures } from '../../parts/figures.tsx';
import type { Window } from './ranges.ts';

const names = { view: 'Viewed', add_to_cart: 'Filled a cart', purchase: 'Bought' } as const;

/** How many users came to each step, in this order in time. */
export const Funnel = ({ window }: { window: Window }) => (
  <Figures
    title="Funnel"
    what="the funnel"
    note="distinct users, each step after the one before"
    from={addressOf('analytics', '/api/v1/analytics/funnel', { window })}
    everyMs={10_000}
    rows={({ items }) => items}
    columns={() => [
      ['Step', ({ step }) => names[step]],
      ['Users', ({ users }) => count(users), 'figure'],
      ['Of the step before', ({ rate }) => percent(rate), 'figure'],
      ['Of the first', ({ rate_of_first }) => percent(rate_of_first), 'figure'],
    ]}
  >
    {({ items }) => (
      <Bars
        label="Users at each step"
        items={items.map(({ step, users, rate }, index) => ({
          key: step,
          name: names[step],
          value: users,
          text: index === 0 ? `${count(users)} users` : `${count(users)} users · ${percent(rate)}`,
        }))}
      />
    )}
  </Figures>
);
