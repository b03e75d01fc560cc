import { serviceNames } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { expect } from 'vitest';
import { runSouk } from './run-souk.ts';

/** Runs `souk import online-retail` against a mesh; the report with single spaces, each line trimmed. */
export const importRetailFile = async (mesh: TestMesh, file: string, ...more: string[]) => {
  const urls = serviceNames.flatMap((name) => [`--${name}-url`, mesh.service(name).url]);
  const { code, output } = await runSouk(['import', 'online-retail', file, ...urls, ...more]);
  return { code, report: output.replace(/ +/g, ' ').replace(/^ | $/gm, '') };
};

/** The report has each of the lines. */
export const expectLines = (report: string, lines: readonly string[]): void =>
  expect(report.split('\n')).toEqual(expect.arrayContaining([...lines]));

/** 1234 as the report says it: 1,234. */
export const asCount = (count: number): string => count.toLocaleString('en');

/** 123456 as the report says it: 1,234.56. */
export const asMoney = (minor: number): string =>
  (minor / 100).toLocaleString('en', { minimumFractionDigits: 2 });

/** The relay stores how far it is after the broker has acknowledged: consumers may be faster. */
export const untilPublished = (mesh: TestMesh): Promise<void> =>
  eventually(async () => {
    for (const schema of ['user_service', 'product_service']) {
      const [row] = await mesh.sql.unsafe(`
        select (select max(id) from ${schema}.outbox) as written, last_id as published from ${schema}.outbox_cursor`);
      expect(row?.published).toBe(row?.written);
    }
  });
