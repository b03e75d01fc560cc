/** The provider whose messages `souk demo` sends. */
export const testProvider = 'test';
/** Its secret on this machine, which everybody knows: no service that others reach starts with it. */
export const testProviderSecret = 'laptop-only';

/** The test provider's secret, by PAYMENT_SECRETS as services read it. */
export const testSecretOf = (paymentSecrets = ''): string =>
  paymentSecrets
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${testProvider}=`))
    ?.slice(testProvider.length + 1) ?? testProviderSecret;
