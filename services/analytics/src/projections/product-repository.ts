import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';

export interface ProductState {
  productId: string;
  version: number;
  /** null when only the deletion is known. */
  name: string | null;
  deleted: boolean;
}

/** Stores states, at most one per product. One that is not newer than the stored one changes nothing. */
export const saveProducts = async (tx: TransactionSql, states: readonly ProductState[]): Promise<void> => {
  // As texts: postgres.js takes an array that begins with a boolean for a single boolean.
  const deletions = states.map(({ deleted }) => String(deleted));
  await tx`
    insert into products as t (product_id, version, name, deleted)
    select product_id, version, name, deleted::boolean
    from unnest(
      ${states.map(({ productId }) => productId)}::uuid[], ${states.map(({ version }) => version)}::bigint[],
      ${states.map(({ name }) => name)}::text[], ${deletions}::text[]
    ) as state (product_id, version, name, deleted)
    order by product_id
    on conflict (product_id) do update set
      version = excluded.version, name = coalesce(excluded.name, t.name), deleted = excluded.deleted
    where excluded.version > t.version`;
};
