import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const key = 'souk-theme';
const isTheme = (text: string | null): text is Theme =>
  text === 'light' || text === 'dark' || text === 'system';

const stored = (): Theme => {
  const found = localStorage.getItem(key);
  return isTheme(found) ? found : 'system';
};

export const theme = signal<Theme>(stored());

/** Shows the page in the theme that was chosen, or in the system's. */
export const applyTheme = (): void => {
  if (theme.peek() === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.peek();
};

export const chooseTheme = (chosen: Theme): void => {
  theme.value = chosen;
  localStorage.setItem(key, chosen);
  applyTheme();
};
