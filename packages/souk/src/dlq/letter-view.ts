import { isUtf8 } from 'node:buffer';
import type { LogRecord } from '../client/kafka-log.ts';
import { formatCount } from '../client/numbers.ts';
import type { Letter } from './letters.ts';

const documentShownMax = 20_000;
const hexShownMax = 512;
const ownHeader = /^__(connect\.errors|souk\.(errors|dlq))\./;

export interface LetterGroup {
  topic: string;
  group: string;
  waiting: number;
  first_seen: string;
  last_seen: string;
  reasons: Record<string, number>;
}

/** The waiting letters counted per topic and group, and there per reason, most frequent first. */
export const groupLetters = (letters: readonly Letter[]): LetterGroup[] =>
  [...Map.groupBy(letters, ({ topic, group }) => `${topic}\n${group}`).values()].map((ofGroup) => {
    const [{ topic, group }] = ofGroup as [Letter];
    const byReason = [...Map.groupBy(ofGroup, ({ errorClass }) => errorClass)].map(
      ([reason, those]) => [reason, those.length] as const,
    );
    return {
      topic,
      group,
      waiting: ofGroup.length,
      first_seen: ofGroup.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? '',
      last_seen:
        ofGroup
          .map(({ lastSeen }) => lastSeen)
          .toSorted()
          .at(-1) ?? '',
      reasons: Object.fromEntries(byReason.toSorted(([, a], [, b]) => b - a)),
    };
  });

/** The groups as a person reads them. */
export const groupsText = (groups: readonly LetterGroup[]): string =>
  groups.length === 0
    ? 'No dead letters are waiting.'
    : groups
        .map(({ topic, group, waiting, first_seen, last_seen, reasons }) =>
          [
            `${topic} → ${group}: ${formatCount(waiting)} waiting, first seen ${first_seen}, last seen ${last_seen}`,
            ...Object.entries(reasons).map(
              ([reason, count]) => `  ${formatCount(count).padStart(8)}  ${reason}`,
            ),
          ].join('\n'),
        )
        .join('\n\n');

/** One letter with its message, as a person reads it. Bytes that are no text are shown as such: a terminal obeys some. */
export const letterText = (letter: Letter, { key, value, headers }: LogRecord): string => {
  const { origin, at } = letter;
  const original = Object.entries(headers).filter(([name]) => !ownHeader.test(name));
  return [
    `${letter.id}`,
    `  refused by   ${letter.group}, from ${letter.topic}`,
    `  came from    ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`,
    `  lies in      ${letter.topic}.${letter.group}.dlq, partition ${at.partition}, offset ${at.offset}`,
    `  error        ${letter.errorClass}: ${printable(letter.error)}`,
    `  tried        ${formatCount(letter.attempts)} times, sent again ${formatCount(letter.replays)} times`,
    `  seen         first ${letter.firstSeen}, last ${letter.lastSeen}`,
    `  key          ${key === null ? '(none)' : printable(key.toString())}`,
    ...original.map(([name, text]) => `  header       ${printable(name)}: ${printable(text.toString())}`),
    `  document     ${letter.bytes === undefined ? 'too large for the dead-letter topic: it lies where it came from' : `${formatCount(letter.bytes)} bytes`}`,
    ...(value === null || value.length === 0 ? [] : [documentText(value)]),
  ].join('\n');
};

/** JSON set out for reading, other text as it is, and bytes that are no text in hexadecimal; cut where it is long. */
export const documentText = (value: Buffer): string => {
  if (!isUtf8(value)) return indent(hexOf(value));
  const text = value.toString();
  const shown = cut(pretty(text));
  return indent(shown.split('\n').map(printable).join('\n'));
};

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

const cut = (text: string): string =>
  text.length <= documentShownMax
    ? text
    : `${text.slice(0, documentShownMax)}\n… ${formatCount(text.length - documentShownMax)} more characters`;

const hexOf = (value: Buffer): string => {
  const rows =
    value
      .subarray(0, hexShownMax)
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  const more = value.length - hexShownMax;
  return [...rows, ...(more > 0 ? [`… ${formatCount(more)} more bytes`] : [])].join('\n');
};

const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
