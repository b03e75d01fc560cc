import type { AccessRule } from '@souk/service-kit/access/access.ts';
import { problem } from '@souk/service-kit/problem.ts';

export const userNotFound = () => problem(404, 'user_not_found', 'there is no such user');

/** Who may see the figures of the shop. */
export const analysts: AccessRule = { roles: ['analyst', 'admin'], scope: 'analytics:read' };

/** Who may see the figures of a user. */
export const userReaders: AccessRule = {
  roles: ['staff', 'admin'],
  scope: 'users:read',
  own: { by: 'params.id', notFound: userNotFound },
};
