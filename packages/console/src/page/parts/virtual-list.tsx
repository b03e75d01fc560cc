import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface VirtualListProps<Row> {
  label: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Of every row, in pixels. */
  rowHeight: number;
  /** Of the list, in pixels. */
  height: number;
  row: (row: Row) => ComponentChildren;
  onScrolled?: (isAtTop: boolean) => void;
}

const spare = 12;

/** A list of any length of which only what can be seen is drawn. */
export const VirtualList = <Row,>({
  label,
  rows,
  keyOf,
  rowHeight,
  height,
  row,
  onScrolled,
}: VirtualListProps<Row>) => {
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const shown = rows.slice(first, Math.ceil((top + height) / rowHeight) + spare);
  return (
    <section
      class="virtual"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
      tabIndex={0}
      style={{ maxHeight: `${height}px` }}
      onScroll={({ currentTarget }) => {
        setTop(currentTarget.scrollTop);
        onScrolled?.(currentTarget.scrollTop < rowHeight);
      }}
    >
      <ol style={{ height: `${rows.length * rowHeight}px` }}>
        {shown.map((one, index) => (
          <li
            key={keyOf(one)}
            style={{ top: `${(first + index) * rowHeight}px`, height: `${rowHeight}px` }}
            aria-setsize={rows.length}
            aria-posinset={first + index + 1}
          >
            {row(one)}
          </li>
        ))}
      </ol>
    </section>
  );
};
