import type { FastifyRequest } from '@souk/service-kit/http/http.ts';

/** Who acts, for audits: the user's id; in `open` mode the local operator. */
export const subjectOf = ({ session }: Pick<FastifyRequest, 'session'>): string =>
  session?.userId ?? 'local-operator';

/** Those who may read orders may see the personal data in them. */
export const maySeePersonal = ({ session }: Pick<FastifyRequest, 'session'>): boolean =>
  session === undefined || session.roles.some((role) => role === 'admin' || role === 'staff');
