import type { ComponentChildren } from 'preact';
import { count } from '../lib/format.ts';
import { param, setParams } from '../lib/router.ts';
import type { Loaded } from '../lib/use-load.ts';
import { Table, type TableProps } from './table.tsx';
import { Empty, LoadedPart, Panel } from './view.tsx';

interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
  total?: number;
  total_is_exact?: boolean;
}

interface ListingProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  loaded: Loaded<Page<Row>>;
  what: string;
  empty: string;
  /** Said where it is not counted. */
  note?: string;
  /** What the list is held to. */
  children: ComponentChildren;
}

/** A list that comes in pages; the cursor is in the address. */
export const Listing = <Row,>({ loaded, what, empty, note, children, ...table }: ListingProps<Row>) => {
  const { total, total_is_exact } = loaded.data ?? {};
  const counted = total === undefined ? note : `${total_is_exact ? '' : 'more than '}${count(total)}`;
  return (
    <Panel title={table.label} note={counted}>
      <div class="row">{children}</div>
      <LoadedPart loaded={loaded} what={what}>
        {({ items, next_cursor }) => (
          <>
            {items.length > 0 ? (
              <Table {...table} rows={items} />
            ) : (
              <Empty>{param('cursor') === '' ? empty : 'There are no more.'}</Empty>
            )}
            <Pages cursor={param('cursor')} next={next_cursor} />
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};

const Pages = ({ cursor, next }: { cursor: string; next: string | null }) =>
  cursor === '' && next === null ? null : (
    <nav class="actions end" aria-label="Pages">
      <button type="button" disabled={cursor === ''} onClick={() => setParams({ cursor: '' })}>
        First page
      </button>
      <button
        type="button"
        disabled={next === null}
        onClick={() => setParams({ cursor: next ?? '' }, { replace: false })}
      >
        Next page
      </button>
    </nav>
  );
