import type { ComponentChildren } from 'preact';

/**
 * A column: its title and its cells. A `figure` is aligned at its end; an `extra` one is left out where there is little
 * room.
 */
export type Column<Row> = readonly [
  title: string,
  cell: (row: Row, index: number) => ComponentChildren,
  kind?: 'figure' | 'extra' | 'extra figure',
];

export interface TableProps<Row> {
  /** What it lists, for whoever does not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row, index: number) => string;
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
          {columns.map(([title, , kind]) => (
            <th key={title} scope="col" class={kind}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} class={isMarked?.(row) ? 'marked' : undefined}>
            {columns.map(([title, cell, kind]) => (
              <td key={title} class={kind}>
                {cell(row, index)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
