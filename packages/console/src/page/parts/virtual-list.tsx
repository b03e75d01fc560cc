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

/** Rows that are drawn above and below those that can be seen, and after how many they are drawn again. */
const spare = 12;
const step = 6;

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
  const [passed, setPassed] = useState(0);
  const first = Math.max(0, passed - spare);
  const shown = rows.slice(first, passed + step + Math.ceil(height / rowHeight) + spare);
  return (
    <section
      class="virtual"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
      tabIndex={0}
      style={{ maxHeight: `${height}px` }}
      onScroll={({ currentTarget }) => {
        setPassed(Math.floor(currentTarget.scrollTop / rowHeight / step) * step);
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
