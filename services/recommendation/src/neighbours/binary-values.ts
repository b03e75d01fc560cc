/*
 * Values as they go to and come from Postgres in binary: the highest byte first. For hundreds of numbers that is far less
 * work on both sides than text.
 */

/** What raw() gives of a column. */
export type Sent = Buffer | null | undefined;

/** integer */
export const sentInteger = (sent: Sent): number => (sent as Buffer).readInt32BE();

/** bigint, of up to 53 bits */
export const sentKey = (sent: Sent): number => Number((sent as Buffer).readBigInt64BE());

/** uuid */
export const sentId = (sent: Sent): string | null =>
  sent?.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') ?? null;

/** string_agg(int4send(…), ''), which does less than an array; null for none. */
export const sentIntegers = (sent: Sent): Int32Array => new Int32Array(swapped(sent, 'swap32'));

/** string_agg(int8send(…), '') */
export const sentBigints = (sent: Sent): BigInt64Array<ArrayBuffer> =>
  new BigInt64Array(swapped(sent, 'swap64'));

/** A copy in the order of this machine. */
const swapped = (sent: Sent, swap: 'swap32' | 'swap64'): ArrayBuffer => {
  const { buffer } = Uint8Array.from(sent ?? []);
  Buffer.from(buffer)[swap]();
  return buffer;
};

const [bigintOid, doubleOid] = [20, 701];
/** The types of a parameter. */
export const [bigintsOid, doublesOid] = [1016, 1022];

/** A bigint[] or a double precision[]; https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c, array_send. */
export const binaryArray = (values: BigInt64Array | Float64Array): Buffer => {
  const bytes = Buffer.allocUnsafe(headerBytes + 12 * values.length);
  const header = [1, 0, values instanceof BigInt64Array ? bigintOid : doubleOid, values.length, 1];
  for (const [place, value] of header.entries()) bytes.writeInt32BE(value, 4 * place);
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let at = 0, to = headerBytes; at < words.length; at += 2, to += 12) {
    bytes.writeInt32BE(8, to);
    bytes.writeInt32BE(words[at + 1] as number, to + 4);
    bytes.writeInt32BE(words[at] as number, to + 8);
  }
  return bytes;
};

const headerBytes = 20;
