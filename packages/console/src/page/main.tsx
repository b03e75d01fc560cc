import { render } from 'preact';
import { App } from './app.tsx';
import './style.css';
import { followLinks } from './lib/router.ts';
import { followClock } from './lib/time.ts';
import { applyTheme } from './shell/theme.ts';

applyTheme();
followLinks();
followClock();
render(<App />, document.body);
