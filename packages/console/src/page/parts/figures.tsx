import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Address } from '../lib/address.ts';
import { api } from '../lib/api.ts';
import { useLoad } from '../lib/use-load.ts';
import { type Column, Table } from './table.tsx';
import { LoadedPart, Panel } from './view.tsx';

interface FiguresProps<T, Row> {
  title: string;
  what: string;
  note?: ComponentChildren;
  /** Where the figures come from, also as CSV. */
  from: Address<T>;
  /** Whose answer it stays while the address moves with the time. */
  question?: string;
  everyMs: number;
  /** The same figures as a table. */
  rows: (data: T) => readonly Row[];
  columns: (data: T) => readonly Column<Row>[];
  /** The drawing. */
  children: (data: T) => ComponentChildren;
}

/** A chart with its table, which is one click away, and its CSV. */
export const Figures = <T, Row>(props: FiguresProps<T, Row>) => {
  const { title, what, note, from, question = from, everyMs, rows, columns, children } = props;
  const [asTable, setAsTable] = useState(false);
  const loaded = useLoad({ key: question, ask: (signal) => api(from, { signal }) }, { everyMs });
  const buttons = (
    <>
      <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
        Table
      </button>
      <CsvButton url={from} title={title} />
    </>
  );
  return (
    <Panel title={title} note={note} actions={buttons}>
      <LoadedPart loaded={loaded} what={what}>
        {(data) =>
          asTable ? (
            <div class="limited">
              <Table
                label={title}
                columns={columns(data)}
                rows={rows(data)}
                keyOf={(_row, index) => `${index}`}
              />
            </div>
          ) : (
            children(data)
          )
        }
      </LoadedPart>
    </Panel>
  );
};

/** Saves the CSV of a question: the services give it to whoever asks for that type. */
const CsvButton = ({ url, title }: { url: string; title: string }) => {
  const [hasFailed, setFailed] = useState(false);
  const save = async () => {
    const response = await fetch(url, { headers: { accept: 'text/csv' } }).catch(() => undefined);
    setFailed(!response?.ok);
    if (!response?.ok) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = `${title.toLowerCase().replaceAll(/\W+/g, '-')}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <button type="button" onClick={save}>
      {hasFailed ? 'CSV: try again' : 'CSV'}
    </button>
  );
};
