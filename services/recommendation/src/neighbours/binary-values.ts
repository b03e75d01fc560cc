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

/** How many values are in an array of one dimension. They follow its header, each after the number of its bytes. */
export const sentCount = (sent: Sent): number =>
  (sent as Buffer).readInt32BE() === 0 ? 0 : (sent as Buffer).readInt32BE(12);
export const headerBytes = 20;

/** bigint[] */
export const sentBigints = (sent: Sent): BigInt64Array<ArrayBuffer> => {
  const { buffer, byteOffset, byteLength } = sent as Buffer;
  const view = new DataView(buffer, byteOffset, byteLength);
  const words = new Int32Array(2 * sentCount(sent));
  for (let to = 0, at = headerBytes; to < words.length; to += 2, at += 12) {
    words[to] = view.getInt32(at + 8);
    words[to + 1] = view.getInt32(at + 4);
  }
  return new BigInt64Array(words.buffer);
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
