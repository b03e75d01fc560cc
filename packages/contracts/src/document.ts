import { DecodeError } from './decode-error.ts';
import { parseJson } from './json-value.ts';
import type { DocumentTopic } from './topic.ts';
import type { Static } from './typebox.ts';
import { problemsOf } from './validation.ts';

/** A document of the topic, checked, with its text exactly as it came. */
export interface DecodedDocument<T extends DocumentTopic> {
  document: Static<T['document']>;
  text: string;
}

/**
 * Returns the document, checked against its schema; properties that the schema does not know are kept.
 * A message without a key is taken, since the document names its own.
 * Throws DecodeError: `empty_value`, `too_large`, `not_json`, `schema_violation`, `key_mismatch`.
 */
export const decodeDocument = <T extends DocumentTopic>(
  topic: T,
  { key, value }: { key: Buffer | string | null; value: Buffer | null },
): DecodedDocument<T> => {
  if (value !== null && value.length > topic.documentBytesMax)
    throw new DecodeError('too_large', [`value: more than ${topic.documentBytesMax} bytes`]);
  const { text, data } = parseJson(value);
  const problems = problemsOf(topic.document, data);
  if (problems.length === 0) problems.push(...(topic.faults?.(data as never) ?? []));
  if (problems.length > 0) throw new DecodeError('schema_violation', problems);
  const keyText = key?.toString() ?? '';
  if (keyText !== '' && (data as Record<string, unknown>)[topic.key] !== keyText)
    throw new DecodeError('key_mismatch', [`/${topic.key}: is not the key of the message`]);
  return { document: data as Static<T['document']>, text };
};
