import { productUpdates } from '@souk/contracts/product-updates.ts';
import { type Projection, projection } from '@souk/service-kit/kafka/apply-batch.ts';
import { latestEntries } from './catalogue.ts';
import { saveEntries } from './catalogue-repository.ts';

/** Keeps what answers show of a product. A repeat or an older state changes nothing: versions decide. */
export const catalogueProjection: Projection = projection(productUpdates, (tx, events) =>
  saveEntries(tx, latestEntries(events)),
);
