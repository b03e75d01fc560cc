/**
 * Whether a text holds what nobody sees: control characters, marks of writing direction, spaces without width,
 * private use. Two texts that look the same are then two keys. Joiners (U+200C, U+200D) count too.
 */
export const hasInvisible = (text: string): boolean => invisible.test(text);

/** For people's names: some scripts write joiners within words. */
export const hasInvisibleInName = (name: string): boolean =>
  hasInvisible(name.replace(/[\u200c\u200d]/g, ''));

const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

export const invisibleMessage = 'must not contain invisible or control characters';
