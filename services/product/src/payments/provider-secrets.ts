import { isLoopback } from '@souk/service-kit/access/access-config.ts';
import { configError } from '@souk/service-kit/config/config-error.ts';

/** What a provider's messages are signed with, by the provider's name. */
export type ProviderSecrets = ReadonlyMap<string, string>;

/** The secret of the test provider, which everybody knows. */
const laptopSecret = 'laptop-only';

/**
 * Reads `name=secret,name=secret`. Throws a ConfigError for anything else, which it never repeats, and for the secret
 * that everybody knows where others than this machine reach the service.
 */
export const readProviderSecrets = (text: string, reachedAt: string): ProviderSecrets => {
  const secrets = new Map<string, string>();
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name, secret] = /^\s*([a-z][a-z0-9_-]{0,49})=(\S{8,200})\s*$/.exec(part) ?? [];
    if (name === undefined || secret === undefined)
      throw configError([
        'PAYMENT_SECRETS must be name=secret,name=secret, each secret of 8 characters or more',
      ]);
    if (secret === laptopSecret && !isLoopback(reachedAt))
      throw configError(['PAYMENT_SECRETS must be secrets of your own where others reach the service']);
    // What one provider has signed must not be good under another name.
    if (secrets.has(name) || [...secrets.values()].includes(secret))
      throw configError(['PAYMENT_SECRETS must name each provider once, each with a secret of its own']);
    secrets.set(name, secret);
  }
  return secrets;
};
