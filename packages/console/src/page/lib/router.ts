import { signal } from '@preact/signals';

/** Where the page is: a view and what it shows, all in the address, so that it can be shared. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({
  path: window.location.pathname.replace(/(.)\/+$/, '$1'),
  query: new URLSearchParams(window.location.search),
});

export const place = signal<Place>(here());

/** Goes to an address of the console. */
export const go = (href: string, { replace = false } = {}): void => {
  if (replace) window.history.replaceState(null, '', href);
  else window.history.pushState(null, '', href);
  const before = place.peek().path;
  place.value = here();
  if (!replace && before !== place.peek().path) window.scrollTo(0, 0);
};

/** The same view with other parameters; an empty or undefined one is left out. */
export const withParams = (changes: Record<string, string | number | undefined>): string => {
  const { path, query } = place.value;
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') changed.delete(name);
    else changed.set(name, String(value));
  const text = changed.toString();
  return text === '' ? path : `${path}?${text}`;
};

export const setParams = (changes: Parameters<typeof withParams>[0], options = { replace: true }): void =>
  go(withParams(changes), options);

/** A parameter of the address; a view that reads it is drawn again when it changes. */
export const param = (name: string, preset = ''): string => place.value.query.get(name) ?? preset;

/** Lets plain links within the console change the view instead of loading the page again. */
export const followLinks = (): void => {
  window.addEventListener('popstate', () => {
    place.value = here();
  });
  document.addEventListener('click', (event) => {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!isPlain || event.defaultPrevented || !link || link.target || link.hasAttribute('download')) return;
    if (link.hash !== '' && link.pathname === window.location.pathname) return;
    const isElsewhere = link.origin !== window.location.origin || link.pathname.startsWith('/api/');
    if (isElsewhere || link.pathname.startsWith('/docs')) return;
    event.preventDefault();
    go(link.href);
  });
};
