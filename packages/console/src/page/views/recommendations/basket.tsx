import { useState } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { param, setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Panel } from '../../parts/view.tsx';
import { useNames } from './names.ts';

/** The products in the address, in the order in which they were clicked. */
export const basketOf = (): string[] =>
  param('basket')
    .split(',')
    .filter((id) => id !== '');

interface BasketProps {
  ids: readonly string[];
  onAdd: (id: string) => void;
}

/** What a guest would have looked at. */
export const Basket = ({ ids, onAdd }: BasketProps) => {
  const names = useNames(ids);
  const remove = (id: string) => setParams({ basket: ids.filter((one) => one !== id).join(',') });
  return (
    <Panel
      title="Basket"
      note="of a guest"
      actions={
        ids.length > 0 && (
          <button type="button" onClick={() => setParams({ basket: '' })}>
            Empty it
          </button>
        )
      }
    >
      <ProductSearch onAdd={onAdd} />
      {ids.length === 0 ? (
        <p class="muted small">Empty. Click + on a product below, or search for one.</p>
      ) : (
        <ul class="actions chips">
          {ids.map((id) => (
            <li key={id}>
              {names.get(id) ?? id}
              <button type="button" aria-label={`Take ${names.get(id) ?? id} out`} onClick={() => remove(id)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
};

const hitsMax = 6;
type Found = { items: { id: string; name: string }[] };

const ProductSearch = ({ onAdd }: { onAdd: (id: string) => void }) => {
  const [q, setQ] = useState('');
  const wanted = q.trim();
  const { data } = useLoad<Found>(
    wanted === ''
      ? { key: 'nothing', ask: async () => ({ items: [] }) }
      : addressOf('product', '/api/v1/products', { q: wanted, limit: hitsMax }),
  );
  return (
    <>
      <label>
        Add a product
        <input type="search" value={q} onInput={(event) => setQ(event.currentTarget.value)} />
      </label>
      {data && data.items.length > 0 && (
        <div class="actions">
          {data.items.map(({ id, name }) => (
            <button key={id} type="button" onClick={() => onAdd(id)}>
              + {name}
            </button>
          ))}
        </div>
      )}
    </>
  );
};
