import type { FastifyRequest } from '@souk/service-kit/http/http.ts';

export const cookieName = 'souk_console';

const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]{43})(?:;|$)`);

export const sessionIdOf = ({ headers }: FastifyRequest): string | undefined =>
  cookie.exec(headers.cookie ?? '')?.[1];
