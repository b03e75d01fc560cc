import { type Interaction, interactionTypes } from './interaction.ts';

/** One interaction: the product's key (8), milliseconds since the year 1 (6), the type, and 128 when returned (1). */
const bytesEach = 15;
const yearOneMs = Date.parse('0001-01-01T00:00:00Z');
const returnedBit = 128;

/** Interactions as the column `history` holds them, in their order. */
export const encodeHistory = (history: readonly Interaction[]): Buffer => {
  const bytes = Buffer.allocUnsafe(history.length * bytesEach);
  let at = 0;
  for (const { product, atMs, type, returned } of history) {
    bytes.writeDoubleLE(product, at);
    bytes.writeUIntLE(atMs - yearOneMs, at + 8, 6);
    bytes[at + 14] = interactionTypes.indexOf(type) + (returned ? returnedBit : 0);
    at += bytesEach;
  }
  return bytes;
};

export const decodeHistory = (bytes: Buffer): Interaction[] => {
  const history: Interaction[] = [];
  for (let at = 0; at < bytes.length; at += bytesEach) {
    const kind = bytes[at + 14] as number;
    const type = interactionTypes[kind & ~returnedBit];
    if (type === undefined) throw new Error('a history holds a type that this version does not know');
    history.push({
      product: bytes.readDoubleLE(at),
      atMs: bytes.readUIntLE(at + 8, 6) + yearOneMs,
      type,
      returned: kind >= returnedBit,
    });
  }
  return history;
};

/** The nearest time that a history can hold: the years 1 to 8920. */
export const storableMs = (atMs: number): number =>
  Math.min(Math.max(atMs, yearOneMs), yearOneMs + 2 ** 48 - 1);
