import { useState } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { api } from '../../lib/api.ts';
import { many, short } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Choice } from '../../parts/choice.tsx';
import { Table } from '../../parts/table.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';

const types = ['view', 'like', 'add_to_cart', 'purchase'] as const;
type Setting = 'half_life_days' | `weight_${(typeof types)[number]}`;
type Strategy = 'popular' | 'trending';

const settings: readonly (readonly [Setting, string])[] = [
  ['half_life_days', 'Half-life, days'],
  ...types.map((type) => [`weight_${type}`, `Weight of ${type.replaceAll('_', ' ')}`] as const),
];
const limit = 10;
const path = '/api/v1/recommendations';

/** What popular and trending would be by other settings: only asked for when one was changed. */
export const WhatIf = () => {
  const [strategy, setStrategy] = useState<Strategy>('trending');
  const [given, setGiven] = useState<Partial<Record<Setting, string>>>({});
  const changed = Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) =>
      text.trim() !== '' && Number.isFinite(Number(text)) ? [[name, Number(text)]] : [],
    ),
  );
  const query = { strategy, limit, ...changed };
  const loaded = useLoad({
    key: `what if ${JSON.stringify(query)}`,
    ask: async (signal) => {
      const [then, now] = await Promise.all([
        api(addressOf('recommendation', `${path}/what-if`, query), { signal }),
        api(addressOf('recommendation', path, { strategy, limit: 100 }), { signal }),
      ]);
      return { then, places: new Map(now.items.map(({ product_id }, index) => [product_id, index + 1])) };
    },
  });
  return (
    <Panel title="What if" note="half-life and weights, before they are so: nothing is changed">
      <div class="row">
        <Choice
          label="Strategy"
          options={[
            ['trending', 'Trending'],
            ['popular', 'Popular'],
          ]}
          value={strategy}
          onChange={setStrategy}
        />
        {settings.map(([name, label]) => (
          <label key={name} class="short">
            {label}
            <input
              inputMode="decimal"
              placeholder={placeholderOf(name, loaded.data?.then)}
              value={given[name] ?? ''}
              onInput={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <LoadedPart
        loaded={loaded}
        what="what it would be"
        isEmpty={({ then }) => then.items.length === 0}
        empty="By these settings nothing weighs anything."
      >
        {({ then, places }) => (
          <>
            <Table
              label="What it would be"
              rows={then.items}
              keyOf={({ product_id }) => product_id}
              columns={[
                ['#', (_row, index) => index + 1, 'figure'],
                ['Product', ({ product_id, name }) => <a href={`/catalogue?id=${product_id}`}>{name}</a>],
                ['Score', ({ score }) => short(score), 'figure'],
                [
                  'Now',
                  ({ product_id }, index) => <Move from={places.get(product_id)} to={index + 1} />,
                  'figure',
                ],
              ]}
            />
            <p class="muted small">
              Out of the histories of {many(then.shoppers, 'shopper')}
              {then.is_complete ? ', all there are.' : ', chosen evenly among more.'} To make it so, set
              TRENDING_HALF_LIFE_DAYS and WEIGHT_… of recommendation and rebuild it, or try it as an
              experiment.
            </p>
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};

/** The setting as it is, where it was not changed. */
const placeholderOf = (
  name: Setting,
  then: { half_life_days: number; weights: Record<string, number> } | undefined,
): string =>
  String(
    (name === 'half_life_days' ? then?.half_life_days : then?.weights[name.replace('weight_', '')]) ?? '',
  );

const Move = ({ from, to }: { from: number | undefined; to: number }) => {
  if (from === undefined) return <>not listed</>;
  if (from === to) return <>same</>;
  return (
    <span class={from > to ? 'good' : 'bad'}>
      {from > to ? '↑' : '↓'} from {from}
    </span>
  );
};
