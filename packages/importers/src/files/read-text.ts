import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const headBytes = 4_096;
const replacement = '\ufffd';

/**
 * The text of a file, piece by piece, without its byte-order mark. `encoding` is a label of the WHATWG Encoding
 * Standard, such as utf-8, utf-16le or windows-1252. Throws an Error for the user at bytes that it does not have.
 */
export async function* readText(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const bytes of createReadStream(path)) {
      const text = decoder.decode(bytes, { stream: true });
      if (text !== '') yield text;
    }
    yield decoder.decode();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new Error(`${path} is not ${encoding} throughout: name its encoding with --encoding`);
  }
}

/**
 * UTF-16 by its byte-order mark or its zero bytes, UTF-8 where the whole file is that, else windows-1252. Throws an
 * Error for the user when only a part of the file is UTF-8: then every guess would be wrong for the other part; and when
 * it is a gzip or zip file.
 */
export const findEncoding = async (path: string): Promise<string> => {
  const head = await readHead(path);
  if (/^(1f8b|504b0304)/.test(head.toString('hex', 0, 4)))
    throw new Error(`${path} is compressed: unpack it first`);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const zeros = [0, 1].map((parity) => head.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  const [even = 0, odd = 0] = zeros.map((count) => count / head.length);
  if (odd > 0.25) return 'utf-16le';
  if (even > 0.25) return 'utf-16be';

  const decoder = new TextDecoder('utf-8');
  let invalid = false;
  let beyondAscii = false;
  for await (const bytes of createReadStream(path)) {
    const text = decoder.decode(bytes, { stream: true });
    invalid ||= text.includes(replacement);
    beyondAscii ||= /[^\0-\x7f\ufffd]/.test(text);
  }
  invalid ||= decoder.decode().includes(replacement);
  if (!invalid) return 'utf-8';
  if (!beyondAscii) return 'windows-1252';
  throw new Error(`${path} is UTF-8 in some places and not in others: name its encoding with --encoding`);
};

const readHead = async (path: string): Promise<Buffer> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};
