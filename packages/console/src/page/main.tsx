import { render } from 'preact';
import { App } from './app.tsx';
import './style.css';
import { followLinks } from './lib/router.ts';
import { applyTheme } from './shell/theme.ts';

applyTheme();
followLinks();
render(<App />, document.body);
