import { hash } from 'node:crypto';
import { canonicalJson } from '@souk/contracts/json/canonical-json.ts';

/** SHA-256, equal for two documents that say the same, however they are written. Nested at most 64 deep. */
export const documentDigest = (document: unknown): Buffer =>
  hash('sha256', canonicalJson(document), 'buffer');
