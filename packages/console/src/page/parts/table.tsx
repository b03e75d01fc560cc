import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  title: string;
  cell: (row: Row, index: number) => ComponentChildren;
  /** A figure: aligned at its end. */
  isFigure?: boolean;
  /** Leaves the phone. */
  isExtra?: boolean;
}

interface TableProps<Row> {
  /** What it lists, for whoever does not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row, index: number) => string;
  /** Marks a row. */
  isMarked?: (row: Row) => boolean;
}

/** A table whose figures are aligned; on a narrow screen it scrolls sideways by itself. */
export const Table = <Row,>({ label, columns, rows, keyOf, isMarked }: TableProps<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
  <section class="table-scroll" tabIndex={0}>
    <table>
      <caption class="hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map(({ title, isFigure, isExtra }) => (
            <th key={title} scope="col" class={classOf({ isFigure, isExtra })}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} class={isMarked?.(row) ? 'marked' : undefined}>
            {columns.map(({ title, cell, isFigure, isExtra }) => (
              <td key={title} class={classOf({ isFigure, isExtra })}>
                {cell(row, index)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

const classOf = ({ isFigure, isExtra }: { isFigure?: boolean | undefined; isExtra?: boolean | undefined }) =>
  [isFigure && 'figure', isExtra && 'extra'].filter(Boolean).join(' ') || undefined;
