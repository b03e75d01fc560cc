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
  Object.assign(Object.create(log), { child: childrenOf(() => log) });

/** Fastify makes a child of its own at the start, and those of requests of that one. */
const childrenOf =
  (parent: () => FastifyBaseLogger) =>
  (...of: Parameters<Child>): LazyChild =>
    Object.assign(Object.create(methods), { make: () => parent().child(...of) });

const made = (lazy: LazyChild): FastifyBaseLogger => {
  lazy.made ??= lazy.make();
  return lazy.made;
};

const names = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const methods = {
  ...Object.fromEntries(
    names.map((name) => [
      name,
      function (this: LazyChild, ...args: unknown[]) {
        return (made(this)[name] as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ),
  child(this: LazyChild, ...of: Parameters<Child>) {
    return childrenOf(() => made(this))(...of);
  },
};
