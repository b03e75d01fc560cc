import type { ServiceName } from '@souk/contracts/services.ts';

/** Where the services are; addresses without a slash at the end. */
export type ServiceUrls = Record<ServiceName, string>;
