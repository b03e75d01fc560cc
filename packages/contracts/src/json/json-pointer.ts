/** One step of a JSON pointer (RFC 6901). */
export const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** The way to a value as a JSON pointer without its leading slash: `items/0/quantity`. */
export const fieldPath = (path: readonly string[]): string => path.map(escapePointer).join('/');
