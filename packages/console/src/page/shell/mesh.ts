import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MeshState } from '../../server/read-mesh.ts';
import { useLoad } from '../lib/use-load.ts';

/** The states of the mesh in the last three minutes, oldest first. */
export const meshStates = signal<readonly MeshState[]>([]);

const everyMs = 2_000;
/** The newest that are kept, however long the page was paused or out of sight between them. */
const keptMs = 180_000;

/** Asks for the state of the mesh as long as the page is open and looked at. Returns why the newest could not be had. */
export const useMeshPolling = (): unknown => {
  const { data, error } = useLoad<MeshState>('/api/mesh', { everyMs });
  useEffect(() => {
    if (data) meshStates.value = [...meshStates.value.filter(({ at }) => at > data.at - keptMs), data];
  }, [data]);
  return error;
};
