import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { count, money } from '../../lib/format.ts';
import { param, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Filter } from '../../parts/filter.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { View } from '../../parts/view.tsx';
import { ProductPanel, productsChanged } from './product-panel.tsx';

const path = '/api/v1/products';
const pageSize = 50;
type Product = AnswerTo<'product', typeof path>['items'][number];

/** The products of the shop. */
export const CatalogueView = () => {
  const id = param('id');
  return (
    <View
      title="Catalogue"
      lead="What the shop sells. A change is seen by recommendation and analytics within milliseconds."
    >
      <div class={id ? 'split' : undefined}>
        <ProductList chosen={id} />
        {id && <ProductPanel key={id} id={id} />}
      </div>
    </View>
  );
};

const columns: Column<Product>[] = [
  ['Name', ({ id, name }) => <a href={withParams({ id })}>{name}</a>],
  ['Category', ({ category }) => category ?? '–', 'extra'],
  ['Price', ({ price, currency }) => money(price, currency), 'figure'],
  ['In stock', ({ stock }) => (stock === null ? 'unlimited' : count(stock)), 'figure'],
  ['SKU', ({ sku }) => sku ?? '–', 'extra'],
  ['Changed', ({ updated_at }) => <Time at={updated_at} as="ago" />, 'extra'],
];

const ProductList = ({ chosen }: { chosen: string }) => {
  const [q, category, cursor] = [param('q'), param('category'), param('cursor')];
  return (
    <Listing
      label="Products"
      what="the products"
      empty={q || category ? 'No product fits these words.' : 'The shop has no products yet.'}
      loaded={useLoad(addressOf('product', path, { q, category, cursor, limit: pageSize }), {
        changed: productsChanged.value,
      })}
      columns={columns}
      keyOf={({ id }) => id}
      isMarked={({ id }) => id === chosen}
    >
      <Filter name="q" label="Words of name, SKU, brand or category" />
      <Filter name="category" label="Exactly this category" />
    </Listing>
  );
};
