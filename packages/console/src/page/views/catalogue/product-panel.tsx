import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { api, ifMatch, souk } from '../../lib/api.ts';
import type { Draft } from '../../lib/edit.ts';
import { count, many } from '../../lib/format.ts';
import { setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Detail } from '../../parts/detail.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { EditForm } from '../../parts/edit-form.tsx';
import { Time } from '../../parts/time.tsx';
import { Load } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';

/** One more with every change that this page makes: the list looks again. */
export const productsChanged = signal(0);

const path = '/api/v1/products/{id}';
const fields = [
  { name: 'name', label: 'Name' },
  { name: 'price', label: 'Price, in major units', type: 'number' },
  { name: 'stock', label: 'Stock', type: 'number', hint: 'Empty: unlimited.' },
  { name: 'category', label: 'Category' },
  { name: 'brand', label: 'Brand' },
  { name: 'sku', label: 'SKU' },
] as const;
const numbers = new Set(['price', 'stock']);

/** One product: what it is, what it sells, and its changes. */
export const ProductPanel = ({ id }: { id: string }) => {
  const [isDeleting, setDeleting] = useState(false);
  const address = addressOf('product', path, { id });
  const loaded = useLoad(address);
  const save = (changes: Draft, version: number) =>
    souk.product.PUT(path, {
      params: { path: { id }, header: ifMatch(version) },
      body: bodyOf(changes),
    });
  const remove = async (version: number) => {
    await souk.product.DELETE(path, { params: { path: { id }, header: ifMatch(version) } });
    productsChanged.value += 1;
    setParams({ id: '' });
  };
  return (
    <Detail
      title="Product"
      opener="id"
      loaded={loaded}
      what="the product"
      gone="There is no such product: never was, or was deleted."
    >
      {(product) => (
        <>
          <p class="detail-title">{product.name}</p>
          <p class="muted small">
            Version {count(product.version)}, changed <Time at={product.updated_at} as="ago" />, made{' '}
            <Time at={product.created_at} />
          </p>
          {hasRole('staff') && (
            <EditForm
              key={product.version}
              entity={product}
              fields={fields}
              save={save}
              newest={() => api(address)}
              onSaved={() => {
                productsChanged.value += 1;
                loaded.reload();
              }}
            />
          )}
          {hasRole('analyst') && <Sales id={id} />}
          <p class="actions">
            <a href={`/recommendations?product=${id}`}>What goes with it</a>
            <a href={`/events?product=${id}`}>Its events</a>
            {hasRole('staff') && (
              <button type="button" class="danger" onClick={() => setDeleting(true)}>
                Delete…
              </button>
            )}
          </p>
          {isDeleting && (
            <Confirm
              title={`Delete ${product.name}?`}
              action="Delete the product"
              isDangerous
              onConfirm={() => remove(product.version)}
              onClose={() => {
                setDeleting(false);
                // Where it was refused, somebody else has changed it: what it is now is shown.
                loaded.reload();
              }}
            >
              <p>
                It is no longer sold or recommended. Orders and figures keep it. This cannot be taken back.
              </p>
            </Confirm>
          )}
        </>
      )}
    </Detail>
  );
};

const bodyOf = (changes: Draft) =>
  Object.fromEntries(
    Object.entries(changes).map(([field, text]) => [
      field,
      text === '' ? null : numbers.has(field) ? numberOr(text) : text,
    ]),
  ) as { name?: string };

/** What is no number goes as it is: the service says so, with its field. */
const numberOr = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);

/** The last 30 days of a product. */
const Sales = ({ id }: { id: string }) => (
  <Load
    from={addressOf('analytics', '/api/v1/analytics/products/{id}', { id, granularity: 'day' })}
    what="what it sells"
  >
    {({ totals }) => (
      <p class="small">
        In 30 days: {many(totals.views, 'view')}, {many(totals.likes, 'like')}, {many(totals.carts, 'time')}{' '}
        into a cart, {many(totals.units, 'unit')} sold.
      </p>
    )}
  </Load>
);
