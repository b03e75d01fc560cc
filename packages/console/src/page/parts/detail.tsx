import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { withParams } from '../lib/router.ts';
import type { Loaded } from '../lib/use-load.ts';
import { LoadedPart, Panel } from './view.tsx';

interface DetailProps<T> {
  title: string;
  note?: string;
  /** The parameter of the address that opened it. */
  opener: string;
  loaded: Loaded<T>;
  what: string;
  /** Said when there is none. */
  gone: string;
  children: (data: T) => ComponentChildren;
}

/** One thing out of a list, beside it; where there is little room, above it. */
export const Detail = <T,>({ title, note, opener, loaded, what, gone, children }: DetailProps<T>) => {
  const ref = useRef<HTMLDivElement>(null);
  // Above a list that was scrolled it would open out of sight.
  useEffect(() => ref.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div ref={ref} class="detail">
      <Panel title={title} note={note} actions={<a href={withParams({ [opener]: '' })}>Close</a>}>
        <LoadedPart loaded={loaded} what={what} gone={gone}>
          {children}
        </LoadedPart>
      </Panel>
    </div>
  );
};
