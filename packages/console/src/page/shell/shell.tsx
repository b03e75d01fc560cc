import { useEffect, useRef } from 'preact/hooks';
import { paused } from '../lib/live.ts';
import { place } from '../lib/router.ts';
import { Select } from '../parts/select.tsx';
import { Empty, View } from '../parts/view.tsx';
import { viewAt, views } from '../views/views.ts';
import { Help } from './help.tsx';
import { overlay, useKeyboard } from './keyboard.ts';
import { MeshStrip } from './mesh-strip.tsx';
import { Search } from './search.tsx';
import { chooseTheme, theme } from './theme.ts';
import { logOut, viewer } from './viewer.ts';

/** What is around every view. */
export const Shell = () => {
  useKeyboard();
  const { path } = place.value;
  const view = viewAt(path);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Sidebar current={view?.path} />
      <main id="main" tabIndex={-1}>
        <MeshStrip />
        {view ? <view.View key={view.path} /> : <NoSuchView />}
      </main>
      {overlay.value === 'help' && <Help />}
      {overlay.value === 'search' && <Search />}
    </div>
  );
};

const Sidebar = ({ current }: { current: string | undefined }) => {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <header class="sidebar">
      <a class="brand" href="/now">
        Souk <span class="muted">console</span>
      </a>
      <button type="button" class="search-button" onClick={() => (overlay.value = 'search')}>
        Search <kbd>/</kbd>
      </button>
      <nav ref={nav} aria-label="Views">
        {views.map(({ path, title, letter }) => (
          <a
            key={path}
            href={path}
            aria-current={path === current ? 'page' : undefined}
            title={`g ${letter}`}
          >
            {title}
          </a>
        ))}
      </nav>
      <Footer />
    </header>
  );
};

const Footer = () => {
  const user = viewer.value?.user;
  return (
    <div class="sidebar-foot">
      <button type="button" aria-pressed={paused.value} onClick={() => (paused.value = !paused.value)}>
        {paused.value ? 'Go on' : 'Pause'} <kbd>.</kbd>
      </button>
      <Select
        label="Theme"
        isHidden
        options={[
          ['system', 'System theme'],
          ['light', 'Light'],
          ['dark', 'Dark'],
        ]}
        value={theme.value}
        onChange={chooseTheme}
      />
      <button type="button" onClick={() => (overlay.value = 'help')}>
        Help <kbd>?</kbd>
      </button>
      {user && (
        <p class="small muted who">
          {user.email}
          <br />
          {user.roles.filter((role) => role !== 'customer').join(', ')}
          <br />
          <button type="button" class="link" onClick={logOut}>
            Log out
          </button>
        </p>
      )}
    </div>
  );
};

const NoSuchView = () => (
  <View title="No such page">
    <Empty>
      The console has no page here. <a href="/now">See what happens now</a>.
    </Empty>
  </View>
);
