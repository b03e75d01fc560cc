import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { EntityCounts } from '../rollups/entity-counts.ts';

export interface ProductState {
  productId: string;
  version: number;
  deleted: boolean;
  /** null when only the deletion is known. */
  name: string | null;
  /** The version that the name is of; 0 without one. */
  nameVersion: number;
}

/**
 * Stores states, at most one per product. Returns how many products more there are, and ever were. Version and name are
 * each the newest that was ever told, whatever the order: a deletion says nothing about the name.
 */
export const saveProducts = async (
  tx: TransactionSql,
  states: readonly ProductState[],
): Promise<EntityCounts> => {
  const column = <K extends keyof ProductState>(name: K) => states.map((state) => state[name]);
  // As texts: postgres.js takes an array that begins with a boolean for a single boolean.
  const deletions = column('deleted').map(String);
  const [counts] = await tx<[EntityCounts]>`
    with changed as (
    insert into products as t (product_id, state_version, deleted, name, name_version)
    select product_id, version, deleted::boolean, name, name_version
    from unnest(
      ${column('productId')}::uuid[], ${column('version')}::bigint[], ${deletions}::text[],
      ${column('name')}::text[], ${column('nameVersion')}::bigint[]
    ) as state (product_id, version, deleted, name, name_version)
    order by product_id
    on conflict (product_id) do update set
      state_version = greatest(t.state_version, excluded.state_version),
      deleted = case when excluded.state_version > t.state_version then excluded.deleted else t.deleted end,
      name = case when excluded.name_version > t.name_version then excluded.name else t.name end,
      name_version = greatest(t.name_version, excluded.name_version)
    where excluded.state_version > t.state_version or excluded.name_version > t.name_version
    returning old.state_version is null as is_new, coalesce(not old.deleted, false) as was_present,
      not new.deleted as is_present
    )
    select count(*) filter (where is_present) - count(*) filter (where was_present) as present,
      count(*) filter (where is_new) as ever
    from changed`;
  return counts;
};
