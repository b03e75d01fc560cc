import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '@souk/contracts/json/exact-json.ts';
import { scanJson, valuesOfOneBody } from '@souk/contracts/json/json-scan.ts';
import { repeatedKey } from '@souk/contracts/json/repeated-key.ts';
import { invalidRequest, problem } from '../problem.ts';
import { inspect } from '../text-check.ts';

/** What a text in JSON says, and how many keys its objects were given, repeated ones each time. */
export interface ParsedJson {
  value: unknown;
  keysGiven: number;
}

/**
 * The value of a text in JSON that is not trusted, called `name` in answers; no number in it loses a digit. Throws a
 * 400 problem: `invalid_json` for what is not JSON in UTF-8, `invalid_request` for what is nested too deep, has too
 * many values, the same key twice in one object, or a value that cannot be kept. Limits are checked on the bytes,
 * before anything is built. Texts that come in one request share `left`.
 */
export const readJson = (bytes: Buffer, name = 'body', left = valuesOfOneBody()): unknown => {
  const { value, keysGiven } = parseJson(bytes, name, left);
  const { keys, unstorable } = inspect(value);
  if (unstorable) throw invalidRequest(name, [unstorable]);
  refuseRepeatedKeys(bytes, keysGiven - keys, name);
  return value;
};

/** The first half of readJson, for who inspects the parts of the value one by one. */
export const parseJson = (bytes: Buffer, name = 'body', left = valuesOfOneBody()): ParsedJson => {
  if (bytes.length === 0) throw problem(400, 'invalid_json', `the ${name} is empty`);
  if (!isUtf8(bytes)) throw problem(400, 'invalid_json', `the ${name} is not UTF-8`);
  const { fault, members, hasLongNumbers } = scanJson(bytes, left);
  if (fault) throw invalidRequest(name, [{ field: '', message: fault }]);
  try {
    return { value: parseExactJson(bytes.toString(), hasLongNumbers), keysGiven: members };
  } catch {
    // The parser's message quotes the data, which must not reach a log.
    throw problem(400, 'invalid_json', `the ${name} is not JSON`);
  }
};

/** The other half: `count` keys were given and are not in the value, since JSON.parse keeps the last of equal ones. */
export const refuseRepeatedKeys = (bytes: Buffer, count: number, name = 'body'): void => {
  if (count > 0)
    throw invalidRequest(name, [{ field: repeatedKey(bytes.toString()), message: 'is given twice' }]);
};
