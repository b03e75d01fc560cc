import type { Scope } from '@souk/contracts/access.ts';
import { unauthorized } from '@souk/service-kit/access/access-problems.ts';
import { accessTokenSeconds } from '@souk/service-kit/access/signing-keys.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import { hashOf, newSecret } from '../identity/secret.ts';
import type { Sign } from '../identity/sign.ts';
import { apiKeyRepository } from './api-key-repository.ts';

const dayMs = 86_400_000;

interface MachineToken {
  accessToken: string;
  expiresInSeconds: number;
  scopes: Scope[];
}

interface ApiKeysParts {
  db: Database;
  sign: Sign;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

export type ApiKeys = ReturnType<typeof createApiKeys>;

/** The use cases of machines' keys. */
export const createApiKeys = ({ sign, ...parts }: ApiKeysParts) => {
  const keys = apiKeyRepository(parts);
  return {
    /** The key, and its text, which is shown this once. */
    create: async ({ name, scopes, days }: { name: string; scopes: Scope[]; days: number }) => {
      const createdAt = new Date();
      const expiresAt = new Date(createdAt.getTime() + days * dayMs);
      const key = { id: uuidv7(), name, scopes: [...new Set(scopes)], createdAt, expiresAt };
      const secret = newSecret();
      await keys.insert(key, hashOf(secret));
      return { key, text: `souk_${key.id}_${secret}` };
    },

    list: keys.list,

    /** Revokes the tokens that the key was exchanged for, too. Throws 404 `api_key_not_found`. */
    revoke: async (id: string): Promise<void> => {
      if (!(await keys.remove(id))) throw apiKeyNotFound();
    },

    /** Throws 401 `invalid_api_key` and 503 `no_signing_keys`. */
    exchange: async (text: string): Promise<MachineToken> => {
      const [, id, secret] =
        /^souk_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([\w-]{43})$/.exec(text) ?? [];
      const scopes = id && secret ? await keys.scopesOf(id, hashOf(secret), new Date()) : undefined;
      if (!id || !scopes) throw unauthorized('invalid_api_key', 'the API key is not valid, or not any more');
      const accessToken = await sign({ subject: id, clientId: id, scopes });
      return { accessToken, expiresInSeconds: accessTokenSeconds, scopes };
    },
  };
};

const apiKeyNotFound = () => problem(404, 'api_key_not_found', 'there is no API key with this id');
