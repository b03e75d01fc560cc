import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { CatalogueEntry } from '../catalogue/catalogue.ts';
import { changesOf } from '../interactions/changes.ts';
import type { Facts } from '../interactions/facts.ts';
import { lockHistories, saveHistories, saveProductShoppers } from '../interactions/interaction-repository.ts';
import type { Scoring } from '../popularity/scoring.ts';
import { saveProducts } from './product-repository.ts';

/**
 * Stores what a batch of one topic tells. First the shoppers are locked, then the products: in this order everywhere, so
 * that two transactions never wait for each other in a circle.
 */
export const applyFacts = async (
  tx: TransactionSql,
  facts: Facts,
  entries: readonly CatalogueEntry[],
  scoring: Scoring,
): Promise<void> => {
  const histories = await lockHistories(tx, facts.shoppers);
  const changes = changesOf(facts, histories, scoring);
  // Sent together; Postgres answers one after the other.
  await Promise.all([
    saveHistories(tx, changes.histories),
    saveProductShoppers(tx, changes),
    saveProducts(tx, entries, changes.products, facts.productIds),
  ]);
};
