import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../log.ts';

type ChildOf = Parameters<Logger['child']>;

/**
 * The same logger for Fastify, which asks it for a child for every request. A child is made for the first line that is
 * written: most requests write none.
 */
export const lazyChildren = (log: Logger): FastifyBaseLogger =>
  Object.assign(Object.create(log), { child: (...of: ChildOf) => new LazyChild(log, of) });

/** A class, since it is made for every request. Fastify makes one of its own at the start, and those of requests of that one. */
class LazyChild {
  parent: Logger | LazyChild;
  of: ChildOf;
  made: FastifyBaseLogger | undefined = undefined;

  constructor(parent: Logger | LazyChild, of: ChildOf) {
    this.parent = parent;
    this.of = of;
  }

  child(...of: ChildOf): LazyChild {
    return new LazyChild(this, of);
  }

  make(): FastifyBaseLogger {
    const parent = this.parent instanceof LazyChild ? this.parent.make() : this.parent;
    this.made ??= parent.child(...this.of);
    return this.made;
  }
}

const names = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

for (const name of names)
  Object.assign(LazyChild.prototype, {
    [name](this: LazyChild, ...args: unknown[]) {
      return (this.make()[name] as (...args: unknown[]) => unknown)(...args);
    },
  });
