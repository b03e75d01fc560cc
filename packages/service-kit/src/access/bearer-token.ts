import type { FastifyRequest } from 'fastify';

/** The token that a request comes with; undefined without one, and for what is none. */
export const bearerToken = ({ headers: { authorization } }: FastifyRequest): string | undefined =>
  authorization === undefined ? undefined : /^Bearer +([\w.-]{1,4096})$/i.exec(authorization)?.[1];
