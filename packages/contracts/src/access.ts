/** What an account may be, besides its owner. */
export const roles = ['customer', 'staff', 'analyst', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What a machine's key may be allowed. */
export const scopes = [
  'users:read',
  'users:write',
  'events:write',
  'catalogue:write',
  'orders:read',
  'orders:write',
  'orders:fulfil',
  'analytics:read',
  'ops:read',
] as const;
export type Scope = (typeof scopes)[number];
