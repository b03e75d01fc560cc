/*
 * Arrays as Postgres sends them, by encode(array_send(…), 'base64'): for thousands of numbers far less work than text on
 * both sides, and a third less than hex, as which a bytea arrives. A header of 20 bytes, then for each element its length
 * in 4 bytes and its bytes, the highest first. None is null; an array without elements is null, or has a shorter header.
 */
const headerBytes = 20;

/** integer[] */
export const sentIntegers = (sent: string | null): Int32Array => {
  const bytes = Buffer.from(sent ?? '', 'base64');
  const numbers = new Int32Array(Math.max(0, (bytes.length - headerBytes) / 8));
  for (let at = 0; at < numbers.length; at++) numbers[at] = bytes.readInt32BE(headerBytes + 8 * at + 4);
  return numbers;
};

/** bigint[] */
export const sentBigints = (sent: string | null): BigInt64Array<ArrayBuffer> => {
  const bytes = Buffer.from(sent ?? '', 'base64');
  const words = new Int32Array(2 * Math.max(0, (bytes.length - headerBytes) / 12));
  for (let at = 0; at < words.length; at += 2) {
    const from = headerBytes + 6 * at + 4;
    words[at] = bytes.readInt32BE(from + 4);
    words[at + 1] = bytes.readInt32BE(from);
  }
  return new BigInt64Array(words.buffer);
};
