import { useEffect, useRef, useState } from 'preact/hooks';
import { count, many } from '../../lib/format.ts';
import { openStream, paused } from '../../lib/live.ts';
import { Empty } from '../../parts/view.tsx';
import { MessageList, type MessageRow } from './message-list.tsx';

const keptMax = 10_000;

interface TailState {
  rows: readonly MessageRow[];
  /** Came while the list is held still, or the page is paused. */
  held: readonly MessageRow[];
  missed: number;
  state: 'connecting' | 'following' | 'interrupted';
}

const nothing: TailState = { rows: [], held: [], missed: 0, state: 'connecting' };

/** Messages as they come, the newest on top. The list is held still while it is read: what comes waits above it. */
export const EventTail = ({ address }: { address: string }) => {
  const [tail, setTail] = useState<TailState>(nothing);
  // Where the pointer rests, or whoever reads has scrolled to.
  const isPointed = useRef(false);
  const isScrolled = useRef(false);
  const isHeld = () => paused.peek() || isPointed.current || isScrolled.current;
  useEffect(() => {
    setTail(nothing);
    // The list goes, and says no more that it was left.
    isPointed.current = false;
    isScrolled.current = false;
    const take = (rows: readonly MessageRow[]) => {
      const newest = rows.toReversed();
      setTail((before) =>
        isHeld()
          ? { ...before, held: [...newest, ...before.held].slice(0, keptMax) }
          : { ...before, rows: [...newest, ...before.held, ...before.rows].slice(0, keptMax), held: [] },
      );
    };
    return openStream(address, {
      events: {
        rows: (rows) => take(rows as MessageRow[]),
        missed: (data) =>
          setTail((before) => ({ ...before, missed: before.missed + (data as { count: number }).count })),
        state: (data) => setTail((before) => ({ ...before, ...(data as Pick<TailState, 'state'>) })),
      },
      onState: (state) => state === 'interrupted' && setTail((before) => ({ ...before, state })),
    });
  }, [address]);
  const release = () =>
    setTail((before) => ({ ...before, rows: [...before.held, ...before.rows].slice(0, keptMax), held: [] }));
  const releaseUnlessHeld = () => {
    if (!isHeld()) release();
  };
  useEffect(() => paused.subscribe(releaseUnlessHeld), []);
  return (
    <>
      <div class="row">
        <span class="muted small" role="status">
          {stateText(tail)}
        </span>
        {tail.held.length > 0 && (
          <button type="button" onClick={release}>
            Show {count(tail.held.length)} new
          </button>
        )}
      </div>
      {tail.rows.length + tail.held.length === 0 ? (
        <Empty>Nothing has come yet. Whatever is written from now on appears here.</Empty>
      ) : (
        <div
          onPointerEnter={() => {
            isPointed.current = true;
          }}
          onPointerLeave={() => {
            isPointed.current = false;
            releaseUnlessHeld();
          }}
        >
          <MessageList
            label="Messages as they come"
            rows={tail.rows}
            onScrolled={(isAtTop) => {
              isScrolled.current = !isAtTop;
              releaseUnlessHeld();
            }}
          />
        </div>
      )}
    </>
  );
};

const stateText = ({ rows, held, missed, state }: TailState): string => {
  const kept = `${many(rows.length + held.length, 'message')}${rows.length >= keptMax ? ', the newest' : ''}`;
  const words = [paused.value ? `Paused. ${kept}` : kept];
  if (missed > 0) words.push(`${count(missed)} more came too fast to be shown`);
  if (state === 'connecting') words.push('connecting');
  if (state === 'interrupted') words.push('interrupted: what comes meanwhile is not shown');
  return words.join(' · ');
};
