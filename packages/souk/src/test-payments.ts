/** The provider whose messages `souk demo` sends to a mesh of this machine, and its secret, which everybody knows. */
export const testProvider = 'test';
export const testProviderSecret = 'laptop-only';
