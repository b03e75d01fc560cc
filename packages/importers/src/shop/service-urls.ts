/** Where the services are; addresses without a slash at the end. */
export type ServiceUrls = Record<'user' | 'product' | 'recommendation' | 'analytics', string>;
