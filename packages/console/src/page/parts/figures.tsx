import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Panel } from './view.tsx';

interface FiguresProps {
  title: string;
  note?: ComponentChildren;
  /** The drawing. */
  children: ComponentChildren;
  /** The same figures as a table. */
  table: () => ComponentChildren;
  /** Where the same figures are CSV. */
  csv?: string;
}

/** A chart with its table, which is one click away, and its CSV. */
export const Figures = ({ title, note, children, table, csv }: FiguresProps) => {
  const [asTable, setAsTable] = useState(false);
  return (
    <Panel
      title={title}
      note={note}
      actions={
        <>
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            Table
          </button>
          {csv && <CsvButton url={csv} title={title} />}
        </>
      }
    >
      {asTable ? <div class="limited">{table()}</div> : children}
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
