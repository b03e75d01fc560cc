import { useState } from 'preact/hooks';
import { go } from '../lib/router.ts';
import { useLoad } from '../lib/use-load.ts';
import { Dialog } from '../parts/dialog.tsx';
import { findAnything } from './find-anything.ts';
import { closeOverlay } from './keyboard.ts';

/** Finds a user, a product, an order or an event by its id, name, e-mail or SKU. */
export const Search = () => {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const wanted = text.trim();
  const { data, isLoading } = useLoad({
    key: wanted,
    ask: (signal) => findAnything(wanted, signal),
  });
  const { hits: found, isComplete } = data ?? { hits: [], isComplete: true };
  const close = () => closeOverlay('search');
  const open = (index: number) => {
    const hit = found[index];
    if (!hit) return;
    close();
    go(hit.href);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') open(chosen);
    else if (step) setChosen((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" class="search" onClose={close}>
      <input
        type="search"
        aria-label="An id, a name, an e-mail, a SKU or an order number"
        placeholder="An id, a name, an e-mail, a SKU or an order number"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        autofocus
      />
      <ul class="hits">
        {found.map(({ href, kind, title, note }, index) => (
          <li key={href}>
            <a href={href} class={index === chosen ? 'chosen' : undefined} onClick={close}>
              <span class="tag">{kind}</span>
              <span class="hit-title">{title}</span>
              <span class="muted small">{note}</span>
            </a>
          </li>
        ))}
      </ul>
      <p class="muted small" role="status">
        {wanted === ''
          ? 'Type, choose with the arrow keys, open with Enter.'
          : isLoading
            ? 'Searching…'
            : !isComplete
              ? 'Not every service answers: there may be more.'
              : found.length === 0
                ? 'Nothing has this id, name, e-mail, SKU or order number.'
                : ''}
      </p>
    </Dialog>
  );
};
