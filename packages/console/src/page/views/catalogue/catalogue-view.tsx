import { dataOf, souk } from '../../lib/api.ts';
import { count, money } from '../../lib/format.ts';
import { param, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Filter } from '../../parts/filter.tsx';
import { Pages } from '../../parts/pages.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { ProductPanel } from './product-panel.tsx';

const pageSize = 50;

export interface Product {
  id: string;
  sku: string | null;
  name: string;
  brand: string | null;
  category: string | null;
  price: number;
  currency: string;
  stock: number | null;
  version: number;
  created_at: string;
  updated_at: string;
}

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

const ProductList = ({ chosen }: { chosen: string }) => {
  const [q, category, cursor] = [param('q'), param('category'), param('cursor')];
  const query = {
    limit: pageSize,
    ...(q && { q }),
    ...(category && { category }),
    ...(cursor && { cursor }),
  };
  const loaded = useLoad(
    (signal) => dataOf(souk.product.GET('/api/v1/products', { params: { query }, signal })),
    `products ${JSON.stringify(query)}`,
  );
  const columns: Column<Product>[] = [
    { title: 'Name', cell: ({ id, name }) => <a href={withParams({ id })}>{name}</a> },
    { title: 'Category', isExtra: true, cell: (row) => row.category ?? '–' },
    { title: 'Price', isFigure: true, cell: ({ price, currency }) => money(price, currency) },
    { title: 'In stock', isFigure: true, cell: ({ stock }) => (stock === null ? 'unlimited' : count(stock)) },
    { title: 'SKU', isExtra: true, cell: ({ sku }) => sku ?? '–' },
    { title: 'Changed', isExtra: true, cell: ({ updated_at }) => <Time at={updated_at} as="ago" /> },
  ];
  const total = loaded.data && `${loaded.data.total_is_exact ? '' : 'more than '}${count(loaded.data.total)}`;
  return (
    <Panel title="Products" note={total}>
      <div class="row">
        <Filter name="q" label="Words of name, SKU, brand or category" />
        <Filter name="category" label="Exactly this category" />
      </div>
      <LoadedPart
        loaded={loaded}
        what="the products"
        isEmpty={({ items }) => items.length === 0}
        empty={q || category ? 'No product fits these words.' : 'The shop has no products yet.'}
      >
        {({ items, next_cursor }) => (
          <>
            <Table
              label="Products"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              isMarked={({ id }) => id === chosen}
            />
            <Pages cursor={cursor} next={next_cursor} />
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};
