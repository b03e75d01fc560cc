/*
 * Arrays as Postgres sends them, by array_send(): for thousands of numbers far less work than text on both sides. A header
 * of 20 bytes, then for each element its length in 4 bytes and its bytes, the highest first. None is null, and an array
 * without elements is null itself.
 */
const headerBytes = 20;

/** integer[] */
export const sentIntegers = (sent: Buffer | null): Int32Array => {
  const count = sent ? (sent.length - headerBytes) / 8 : 0;
  const numbers = new Int32Array(count);
  for (let at = 0; at < count; at++) numbers[at] = (sent as Buffer).readInt32BE(headerBytes + 8 * at + 4);
  return numbers;
};

/** bigint[] */
export const sentBigints = (sent: Buffer | null): BigInt64Array<ArrayBuffer> => {
  const count = sent ? (sent.length - headerBytes) / 12 : 0;
  const words = new Int32Array(2 * count);
  for (let at = 0; at < count; at++) {
    const from = headerBytes + 12 * at + 4;
    words[2 * at] = (sent as Buffer).readInt32BE(from + 4);
    words[2 * at + 1] = (sent as Buffer).readInt32BE(from);
  }
  return new BigInt64Array(words.buffer);
};
