import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Address } from '../lib/address.ts';
import { isApiError } from '../lib/api.ts';
import { type Loaded, type LoadOptions, type Question, useLoad } from '../lib/use-load.ts';
import { Failure } from './failure.tsx';

interface ViewProps {
  title: string;
  /** One sentence: what it is for. */
  lead?: ComponentChildren;
  /** Buttons and choices that hold for the whole view. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a view: its heading, what it is for, its actions. */
export const View = ({ title, lead, actions, children }: ViewProps) => {
  useEffect(() => {
    document.title = `${title} · Souk console`;
  }, [title]);
  return (
    <>
      <header class="view-head">
        <div>
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
};

interface PanelProps {
  title: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A part of a view under its own heading. */
export const Panel = ({ title, note, actions, children }: PanelProps) => (
  <section class="panel" aria-label={title}>
    <header class="panel-head">
      <h2>{title}</h2>
      {note && <span class="muted small">{note}</span>}
      {actions && <div class="actions">{actions}</div>}
    </header>
    {children}
  </section>
);

interface LoadedPartProps<T> {
  loaded: Loaded<T>;
  /** What it is: "the orders". */
  what: string;
  /** Shown where `isEmpty` says that there is nothing. */
  empty?: ComponentChildren;
  isEmpty?: (data: T) => boolean;
  /** Said instead of a failure where there is no such thing. */
  gone?: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

/** What was loaded; before it comes a quiet placeholder, and what went wrong above what was had before. */
export const LoadedPart = <T,>({ loaded, what, empty, isEmpty, gone, children }: LoadedPartProps<T>) => {
  const { data, error } = loaded;
  if (gone && isApiError(error) && [400, 404].includes(error.status)) return <Empty>{gone}</Empty>;
  return (
    <>
      {error !== undefined && <Failure error={error} what={what} isRepeated />}
      {data === undefined && error === undefined && <Placeholder what={what} />}
      {data !== undefined && (isEmpty?.(data) ? <Empty>{empty}</Empty> : children(data))}
    </>
  );
};

type LoadProps<T> = LoadOptions & Omit<LoadedPartProps<T>, 'loaded'> & { from: Address<T> | Question<T> };

/** A part of a view that is loaded by itself. */
export const Load = <T,>({ from, everyMs, changed, ...part }: LoadProps<T>) => (
  <LoadedPart loaded={useLoad(from, { everyMs, changed })} {...part} />
);

const Placeholder = ({ what }: { what: string }) => (
  <div class="empty" role="status">
    Asking for {what}…
  </div>
);

export const Empty = ({ children }: { children: ComponentChildren }) => <div class="empty">{children}</div>;
