import { isUtf8 } from 'node:buffer';
import { DecodeError } from './decode-error.ts';
import { parseExactJson } from './json/exact-json.ts';
import { scanJson, valuesOfOneBody } from './json/json-scan.ts';
import { countKeys, repeatedKey } from './json/repeated-key.ts';

/**
 * Returns the value of a Kafka message as text and as data, whose numbers lose no digit. Throws DecodeError
 * `empty_value`, `not_json` (also for anything but UTF-8, and for a byte order mark), and `schema_violation` for nesting
 * and numbers of values that no message needs, found before anything is built, for a key given twice, and for JSON
 * inside a JSON string: no contract has strings as values.
 */
export const parseJson = (value: Buffer | null): { text: string; data: unknown } => {
  if (value === null || value.length === 0) throw new DecodeError('empty_value', ['value: missing']);
  if (!isUtf8(value)) throw new DecodeError('not_json', [isFramed(value) ? framed : 'value: not UTF-8']);
  const { members, hasLongNumbers, fault } = scanJson(value, valuesOfOneBody());
  if (fault) throw new DecodeError('schema_violation', [`/: ${fault}`]);
  const text = value.toString();
  let data: unknown;
  try {
    data = parseExactJson(text, hasLongNumbers);
  } catch {
    // The parser's message quotes the data, which must not reach a log or a header.
    throw new DecodeError('not_json', [isFramed(value) ? framed : 'value: not JSON']);
  }
  if (countKeys(data) < members)
    throw new DecodeError('schema_violation', [`/${repeatedKey(text)}: is given twice`]);
  if (typeof data === 'string' && /^\s*[{["]/.test(data))
    throw new DecodeError('schema_violation', [encodedTwice]);
  return { text, data };
};

const framed =
  'value: not JSON alone: before it stand a zero byte and 4 bytes, as serializers for a schema registry write';
const encodedTwice = '/: is a string that holds JSON: it was encoded twice';

/** The wire format of schema registries: a zero byte, and the id of a schema. */
const isFramed = (value: Buffer): boolean => value[0] === 0 && value.length > 5;
