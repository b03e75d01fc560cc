import { isUtf8 } from 'node:buffer';
import { layOutJson } from '@souk/service-kit/json-layout.ts';
import { headerPairs, headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { maskPersonal } from '../personal-data.ts';

const textMax = 200_000;
const hexMax = 4_096;
const headerMax = 2_000;

/** A value as the page shows it. */
export interface ShownValue {
  /** `json` is set out over lines; `hex`: bytes that are no text; `none`: there is no value. */
  form: 'json' | 'text' | 'hex' | 'none';
  text: string;
  /** Personal data in it is not shown to this viewer. */
  is_masked: boolean;
  /** It is longer than what is shown. */
  is_cut: boolean;
}

export const shownValue = (topic: string, value: Buffer | null, maySeePersonal: boolean): ShownValue => {
  if (value === null || value.length === 0)
    return { form: 'none', text: '', is_masked: false, is_cut: false };
  const raw = isUtf8(value) ? value.toString() : undefined;
  const { text, isMasked } = maySeePersonal
    ? { text: raw, isMasked: false }
    : maskPersonal(topic, raw ?? '\u0000');
  if (text === undefined || raw === undefined)
    return {
      form: isMasked ? 'text' : 'hex',
      text: isMasked ? (text ?? '') : value.subarray(0, hexMax).toString('hex'),
      is_masked: isMasked,
      is_cut: value.length > hexMax,
    };
  const laidOut = layOutJson(text);
  const shown = laidOut ?? text;
  return {
    form: laidOut === undefined ? 'text' : 'json',
    text: shown.slice(0, textMax),
    is_masked: isMasked,
    is_cut: shown.length > textMax,
  };
};

export const shownKey = (key: ReceivedMessage['key']): string | null => (key === null ? null : textOf(key));

/** Headers one by one, as Kafka has them. */
export const shownHeaders = (headers: ReceivedMessage['headers']): { name: string; value: string }[] =>
  headerPairs(headers).map(([name, value]) => ({ name, value: textOf(value) }));

/** Those of a dead letter that it came with: without what consumers and tools have added. */
export const originalHeaders = (headers: ReceivedMessage['headers']): { name: string; value: string }[] =>
  shownHeaders(headers).filter(({ name }) => !ofDeadLetter.test(name));

const ofDeadLetter = /^__(connect\.errors|souk\.(errors|dlq))\./;

/** One line about a message, for a list. */
export const messageRow = (message: ReceivedMessage, maySeePersonal: boolean) => {
  const { topic, partition, offset, key, value, headers, timestampMs, bytes } = message;
  const text =
    value === null ? '' : isUtf8(value) ? value.toString() : `0x${value.toString('hex', 0, rowTextMax)}`;
  const shown = maySeePersonal ? { text, isMasked: false } : maskPersonal(topic, text);
  return {
    ...{ topic, partition, offset, bytes },
    at: timestampMs === undefined ? null : new Date(timestampMs).toISOString(),
    key: shownKey(key),
    type: headerText(headers, 'ce_type')?.slice(0, headerMax) ?? null,
    id: headerText(headers, 'ce_id')?.slice(0, headerMax) ?? null,
    text: shown.text.slice(0, rowTextMax),
    is_masked: shown.isMasked,
  };
};

export type MessageRow = ReturnType<typeof messageRow>;

const rowTextMax = 300;

const textOf = (bytes: Buffer | string): string => {
  const buffer = Buffer.from(bytes);
  const text = isUtf8(buffer) ? buffer.toString() : `0x${buffer.toString('hex')}`;
  return text.length > headerMax ? `${text.slice(0, headerMax)}…` : text;
};
