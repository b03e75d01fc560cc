import { useState } from 'preact/hooks';
import { dataOf, souk } from '../../lib/api.ts';
import type { Draft } from '../../lib/edit.ts';
import { count } from '../../lib/format.ts';
import { setParams, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { EditForm } from '../../parts/edit-form.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';

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
  const [saved, setSaved] = useState(0);
  const get = (signal?: AbortSignal) =>
    dataOf(souk.product.GET(path, { params: { path: { id } }, ...(signal && { signal }) }));
  const loaded = useLoad(get, `product ${id} ${saved}`);
  const save = (changes: Draft, version: number) =>
    souk.product.PUT(path, {
      params: { path: { id }, header: ifMatch(version) },
      body: bodyOf(changes),
    });
  const remove = async (version: number) => {
    await souk.product.DELETE(path, { params: { path: { id }, header: ifMatch(version) } });
    setParams({ id: '' });
  };
  return (
    <Panel title="Product" actions={<a href={withParams({ id: '' })}>Close</a>}>
      <LoadedPart loaded={loaded} what="the product">
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
                newest={() => get()}
                onSaved={() => setSaved(saved + 1)}
              />
            )}
            <Sales id={id} />
            <p class="links">
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
      </LoadedPart>
    </Panel>
  );
};

const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

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
const Sales = ({ id }: { id: string }) => {
  const loaded = useLoad(
    (signal) =>
      dataOf(
        souk.analytics.GET('/api/v1/analytics/products/{id}', {
          params: { path: { id }, query: { granularity: 'day' } },
          signal,
        }),
      ),
    `sales ${id}`,
  );
  return (
    <LoadedPart loaded={loaded} what="what it sells">
      {({ totals }) => (
        <p class="small">
          In 30 days: {count(totals.views)} views, {count(totals.likes)} likes, {count(totals.carts)} times
          into a cart, {count(totals.units)} units sold.
        </p>
      )}
    </LoadedPart>
  );
};
