import { signal } from '@preact/signals';
import type { Viewer } from '../../server/session-routes.ts';
import { api, isApiError, onLoginNeeded } from '../lib/api.ts';
import { isTransient } from '../lib/use-load.ts';

export const viewer = signal<Viewer | undefined>(undefined);
export const viewerError = signal<unknown>(undefined);

const retryMs = 2_000;

/** Asks until the console answers. */
export const loadViewer = async (): Promise<void> => {
  try {
    viewer.value = await api<Viewer>('/api/session');
    viewerError.value = undefined;
  } catch (error) {
    viewerError.value = error;
    if (!isApiError(error) || isTransient(error)) setTimeout(loadViewer, retryMs);
  }
};

export const logOut = async (): Promise<void> => {
  await api('/api/session', { method: 'DELETE' });
  await loadViewer();
};

/** Whether the viewer has one of these roles; whoever needs no log-in is an admin. */
export const hasRole = (...roles: string[]): boolean => {
  const { mode, user } = viewer.value ?? { mode: 'required', user: null };
  if (mode === 'open' && user === null) return true;
  return user?.roles.some((role) => role === 'admin' || roles.includes(role)) ?? false;
};

onLoginNeeded(() => {
  if (viewer.value?.user) viewer.value = { ...viewer.value, user: null };
});
