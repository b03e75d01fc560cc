import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { expect } from 'vitest';
import { projectionDifferences } from './projection-differences.ts';

/**
 * Waits until the consumers' tables are what a straightforward count over the owners' tables gives: every
 * committed change in them, and in them once.
 */
export const expectProjectionsToMatch = async (mesh: TestMesh, timeoutMs = 120_000): Promise<void> => {
  await eventually(async () => expect(await projectionDifferences(mesh.sql)).toEqual([]), {
    timeoutMs,
    intervalMs: 100,
  });
};
