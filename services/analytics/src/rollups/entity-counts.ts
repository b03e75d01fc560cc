import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

export interface EntityCounts {
  /** There are now. */
  present: number;
  /** There ever were. */
  ever: number;
}

/** Adds to how many users or products there are, and ever were. */
export const addEntities = async (
  tx: TransactionSql,
  entity: 'user' | 'product',
  { present, ever }: EntityCounts,
): Promise<void> => {
  if (present === 0 && ever === 0) return;
  await tx`
    insert into entity_counts as t (entity, present, ever) values (${entity}, ${present}, ${ever})
    on conflict (entity) do update set present = t.present + excluded.present, ever = t.ever + excluded.ever`;
};
