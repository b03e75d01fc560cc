import { useState } from 'preact/hooks';
import { money } from '../../lib/format.ts';
import { Load, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import type { Answer, Recommended } from './answers.ts';
import { type Asker, Why } from './why.tsx';

interface AnswerColumnProps {
  answer: Answer;
  asker: Asker;
  onAdd: (productId: string) => void;
}

/** The items of one strategy, best first. */
export const AnswerColumn = ({ answer, asker, onAdd }: AnswerColumnProps) => {
  const [asked, setAsked] = useState<Recommended>();
  return (
    <Panel title={answer.title}>
      <p class="muted small">{answer.means}</p>
      <Load
        from={answer.from}
        everyMs={5_000}
        what="the answer"
        isEmpty={({ items }) => items.length === 0}
        empty="Nothing is recommended: the shop has no products that fit."
      >
        {({ items }) => (
          <ol class="recommended">
            {items.map((item) => (
              <Item key={item.product_id} item={item} onAdd={onAdd} onWhy={() => setAsked(item)} />
            ))}
          </ol>
        )}
      </Load>
      {asked && <Why item={asked} asker={asker} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
};

const reasons: Record<string, string> = {
  popular: 'many like it',
  trending: 'many like it now',
  new: 'new: no interactions yet',
  category: 'trending in a category of theirs',
  similar: 'shoppers in common',
  personal: 'shoppers like this one',
  basket: 'shoppers of such a basket',
};

interface ItemProps {
  item: Recommended;
  onAdd: (productId: string) => void;
  onWhy: () => void;
}

const Item = ({ item, onAdd, onWhy }: ItemProps) => (
  <li>
    <button
      type="button"
      aria-label={`Add ${item.name} to the basket`}
      onClick={() => onAdd(item.product_id)}
    >
      +
    </button>
    <div>
      <a href={`/catalogue?id=${item.product_id}`}>{item.name}</a>
      <p class="muted small">
        {money(item.price, item.currency)} · {reasons[item.reason] ?? item.reason}
      </p>
    </div>
    {hasRole('analyst') && (
      <button type="button" class="link small" aria-label={`Why ${item.name}?`} onClick={onWhy}>
        Why?
      </button>
    )}
  </li>
);
