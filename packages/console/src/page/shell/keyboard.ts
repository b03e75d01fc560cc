import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { paused } from '../lib/live.ts';
import { go } from '../lib/router.ts';
import { views } from '../views/views.ts';

type Overlay = 'search' | 'help';

/** Which dialog of the shell is open. */
export const overlay = signal<Overlay | undefined>(undefined);

/** A dialog says late that it was closed: the next one may be open by then. */
export const closeOverlay = (which: Overlay): void => {
  if (overlay.peek() === which) overlay.value = undefined;
};

/** After `g` a letter is waited for so long. */
const letterMs = 1_500;

/** `/` searches, `g` and a letter go to a view, `?` helps, `.` pauses. Nothing while somebody types. */
export const useKeyboard = (): void => {
  useEffect(() => {
    let sinceG = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
      const view = views.find(({ letter }) => letter === event.key);
      if (event.timeStamp - sinceG < letterMs && view) go(view.path);
      else if (event.key === '/') overlay.value = 'search';
      else if (event.key === '?') overlay.value = 'help';
      else if (event.key === '.') paused.value = !paused.value;
      else if (event.key !== 'g') return;
      sinceG = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
};

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');

const isDialogOpen = (): boolean => document.querySelector('dialog[open]') !== null;
