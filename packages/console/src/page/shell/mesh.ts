import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MeshState } from '../../server/read-mesh.ts';
import { api } from '../lib/api.ts';
import { paused } from '../lib/live.ts';

/** The newest states of the mesh, oldest first. */
export const meshStates = signal<readonly MeshState[]>([]);
/** Why the newest could not be had. */
export const meshError = signal<unknown>(undefined);

const everyMs = 2_000;
const statesMax = 90;

/** Asks for the state of the mesh as long as the page is open and looked at. */
export const useMeshPolling = (): void => {
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      if (!paused.peek() && !document.hidden) await readOnce(abort.signal);
      if (!abort.signal.aborted) timer = setTimeout(poll, everyMs);
    };
    void poll();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, []);
};

const readOnce = async (signal: AbortSignal): Promise<void> => {
  try {
    const state = await api<MeshState>('/api/mesh', { signal });
    meshStates.value = [...meshStates.value, state].slice(-statesMax);
    meshError.value = undefined;
  } catch (error) {
    if (!signal.aborted) meshError.value = error;
  }
};
