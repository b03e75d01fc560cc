import { describeFetchError } from '@souk/client/retrying-fetch.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import type { ServiceUrls } from '@souk/importers/shop/service-urls.ts';

const timeoutMs = 5_000;

/** Throws an Error that names every service that is not there or not ready, and says what to do. */
export const requireReady = async (urls: ServiceUrls): Promise<void> => {
  const faults = await Promise.all(
    serviceNames.map(async (name) => {
      const fault = await readinessFault(urls[name]);
      return fault === undefined ? [] : [`${name} at ${urls[name]}: ${fault}`];
    }),
  );
  const found = faults.flat();
  if (found.length > 0)
    throw new Error(`${found.join('; ')}. Start the mesh with npm start, or say where it is (--help).`);
};

const readinessFault = async (url: string): Promise<string | undefined> => {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(timeoutMs) });
    return response.ok ? undefined : `not ready (status ${response.status})`;
  } catch (error) {
    return describeFetchError(error, timeoutMs);
  }
};
