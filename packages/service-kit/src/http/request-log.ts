import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../log.ts';

type Child = Logger['child'];

interface LazyChild {
  make: () => FastifyBaseLogger;
  made?: FastifyBaseLogger;
}

/**
 * The same logger for Fastify, which asks it for a child for every request. A child is made for the first line that is
 * written: most requests write none.
 */
export const lazyChildren = (log: Logger): FastifyBaseLogger =>
  Object.assign(Object.create(log), {
    child: (...of: Parameters<Child>): LazyChild =>
      Object.assign(Object.create(methods), { make: () => log.child(...of) }),
  });

const names = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent', 'child'] as const;

const methods = Object.fromEntries(
  names.map((name) => [
    name,
    function (this: LazyChild, ...args: unknown[]) {
      this.made ??= this.make();
      return (this.made[name] as (...args: unknown[]) => unknown)(...args);
    },
  ]),
);
