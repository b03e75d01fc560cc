import type { FastifyBaseLogger } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';

interface LazyChild {
  parent: FastifyBaseLogger;
  bindings: Bindings;
  options: ChildLoggerOptions;
  made?: FastifyBaseLogger;
}

/** The logger of a request, for Fastify. It is made for the first line that is written: most requests write none. */
export const lazyChild = (
  parent: FastifyBaseLogger,
  bindings: Bindings,
  options: ChildLoggerOptions,
): FastifyBaseLogger => ({ __proto__: methods, parent, bindings, options }) as never;

const names = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent', 'child'] as const;

const methods = Object.fromEntries(
  names.map((name) => [
    name,
    function (this: LazyChild, ...args: unknown[]) {
      this.made ??= this.parent.child(this.bindings, this.options);
      return (this.made[name] as (...args: unknown[]) => unknown)(...args);
    },
  ]),
);
