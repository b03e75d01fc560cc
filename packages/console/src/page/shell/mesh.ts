import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MeshState } from '../../server/read-mesh.ts';
import { useLoad } from '../lib/use-load.ts';

/** The newest states of the mesh, oldest first. */
export const meshStates = signal<readonly MeshState[]>([]);

const everyMs = 2_000;
const statesMax = 90;

/** Asks for the state of the mesh as long as the page is open and looked at. Returns why the newest could not be had. */
export const useMeshPolling = (): unknown => {
  const { data, error } = useLoad<MeshState>('/api/mesh', { everyMs });
  useEffect(() => {
    if (data) meshStates.value = [...meshStates.value, data].slice(-statesMax);
  }, [data]);
  return error;
};
