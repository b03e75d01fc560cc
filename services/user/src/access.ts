import type { AccessRule } from '@souk/service-kit/access/access.ts';

/** Who may read of users, and what they did. */
export const readers: AccessRule = { roles: ['staff', 'admin'], scope: 'users:read' };

/** Who may change users. */
export const userWriters: AccessRule = { roles: ['admin'], scope: 'users:write' };

/** Who may record what users did. */
export const eventWriters: AccessRule = { roles: ['admin'], scope: 'events:write' };
