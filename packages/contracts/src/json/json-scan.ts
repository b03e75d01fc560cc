/** The deepest nesting of objects and arrays in a body. Beyond it, recursive code could exhaust the stack. */
export const nestingMax = 64;
/** The most values and keys in a body: each takes memory that has nothing to do with its length. */
export const valuesMax = 131_072;

/** How many values and keys may still come, in all the texts that are read for one request; below 0: too many. */
export interface ValuesLeft {
  count: number;
}

export const valuesOfOneBody = (): ValuesLeft => ({ count: valuesMax });

export interface JsonScan {
  /** Members of objects; one whose key is repeated counts each time. */
  members: number;
  /** It may have a number that no double holds exactly: one of 16 characters or more, or with an exponent. */
  hasLongNumbers: boolean;
  /** Which limit the text goes beyond. */
  fault?: string;
}

/**
 * Measures JSON before anything is built of it, in one pass over its bytes (UTF-8), and stops at the first limit it
 * goes beyond. What it finds is taken from `left`. It does not check the grammar: that is JSON.parse's work, which
 * builds no more than was counted here.
 */
export const scanJson = (bytes: Uint8Array, left: ValuesLeft): JsonScan => {
  let depth = 0;
  let members = 0;
  let before = other;
  let start = 0;
  let hasLongNumbers = false;
  for (let at = 0; at < bytes.length; at++) {
    const kind = kinds[bytes[at] as number] as number;
    if (kind === quote) at = endOfString(bytes, at);
    else if (kind === close) depth--;
    else if (kind === colon) members++;
    else if (kind === open && ++depth > nestingMax)
      return { members, hasLongNumbers, fault: `is nested deeper than ${nestingMax} levels` };
    if (kind >= plain) {
      if (before < plain) start = at;
      else if (
        at - start === longNumber - 1 ||
        (kind === exponent && kinds[bytes[start] as number] === plain)
      )
        hasLongNumbers = true;
    }
    if ((kind === quote || kind === open || (kind >= plain && before < plain)) && --left.count < 0)
      return { members, hasLongNumbers, fault: tooManyValues };
    before = kind;
  }
  return { members, hasLongNumbers };
};

export const tooManyValues = `has more than ${valuesMax} values and keys`;

/** `at` is that of the opening quote. */
const endOfString = (bytes: Uint8Array, at: number): number => {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== quoteByte) end += bytes[end] === backslashByte ? 2 : 1;
  return end;
};

const [other, quote, open, close, colon, plain, letter, exponent] = [0, 1, 2, 3, 4, 5, 6, 7];
/** 15 significant digits are what a double tells apart without fail. */
const longNumber = 16;
const [quoteByte, backslashByte] = [0x22, 0x5c];

/** The kind of each byte outside of a string; from `plain` on, what numbers, true, false and null are made of. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === '"') return quote;
  if (character === '{' || character === '[') return open;
  if (character === '}' || character === ']') return close;
  if (character === ':') return colon;
  if (character === 'e' || character === 'E') return exponent;
  if (/[a-zA-Z_]/.test(character)) return letter;
  return /[-+.\d]/.test(character) ? plain : other;
});
