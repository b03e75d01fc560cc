import type { Signer } from '@souk/service-kit/access/signing-keys.ts';
import { problem } from '@souk/service-kit/problem.ts';

export type Sign = Signer['sign'];

/** Signs tokens; rejects with the problem 503 `no_signing_keys` where there is nothing to sign them with. */
export const signing =
  (signer: Signer | undefined): Sign =>
  async (claims) => {
    if (!signer) throw noSigningKeys();
    return signer.sign(claims).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? noSigningKeys() : error;
    });
  };

const noSigningKeys = () => problem(503, 'no_signing_keys', 'this service has no keys to sign tokens with');
