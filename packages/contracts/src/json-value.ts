import { isUtf8 } from 'node:buffer';
import { DecodeError } from './decode-error.ts';

/**
 * Returns the value of a Kafka message as text and as data. Throws DecodeError `empty_value` or `not_json`
 * (also for anything but UTF-8, and for a byte order mark).
 */
export const parseJson = (value: Buffer | null): { text: string; data: unknown } => {
  if (value === null || value.length === 0) throw new DecodeError('empty_value', ['value: missing']);
  if (!isUtf8(value)) throw new DecodeError('not_json', ['value: not UTF-8']);
  const text = value.toString();
  try {
    return { text, data: JSON.parse(text) };
  } catch {
    // The parser's message quotes the data, which must not reach a log or a header.
    throw new DecodeError('not_json', ['value: not JSON']);
  }
};
