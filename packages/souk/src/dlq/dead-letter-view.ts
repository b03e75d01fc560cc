import { isUtf8 } from 'node:buffer';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import type { DeadLetter } from '@souk/service-kit/dead-letters/dead-letter-book.ts';
import type { DeadLetterGroup } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import { layOutJson } from '@souk/service-kit/json-layout.ts';
import { headerPairs, headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { formatCount } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';

const documentShownMax = 20_000;
const hexShownMax = 512;
const shortTextMax = 1_000;
const labelWidth = 13;
const ownHeader = /^__(connect\.errors|souk\.(errors|dlq))\./;

/** The groups as a person reads them. */
export const groupsText = (groups: readonly DeadLetterGroup[]): string =>
  groups.length === 0
    ? 'No pending dead letters.'
    : groups
        .map(({ topic, group, waiting, first_seen, last_seen, reasons }) =>
          [
            `${topic} → ${group}: ${formatCount(waiting)} pending, first seen ${printable(first_seen)}, last seen ${printable(last_seen)}`,
            ...Object.entries(reasons).map(
              ([reason, count]) => `  ${formatCount(count).padStart(8)}  ${printable(reason)}`,
            ),
          ].join('\n'),
        )
        .join('\n\n');

/** One dead letter with its message, as a person reads it. What a terminal would obey is shown as an escape. */
export const deadLetterText = (deadLetter: DeadLetter, { key, value, headers }: ReceivedMessage): string => {
  const { origin, at } = deadLetter;
  const original = headerPairs(headers).filter(([name]) => !ownHeader.test(name));
  const rows = [
    ['refused by', `${deadLetter.group}, from ${deadLetter.topic}`],
    ['came from', `${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`],
    [
      'lies in',
      `${deadLetter.topic}.${deadLetter.group}.dlq, partition ${at.partition}, offset ${at.offset}`,
    ],
    ['error', `${deadLetter.errorClass}: ${headerText(headers, deadLetterHeader.errorMessage) ?? ''}`],
    ['tried', `${times(deadLetter.attempts)}, sent again ${times(deadLetter.replays)}`],
    ['seen', `first ${deadLetter.firstSeen}, last ${deadLetter.lastSeen}`],
    ['key', key === null ? '(none)' : shortText(Buffer.from(key))],
    ...original.map(([name, value]) => ['header', `${name}: ${shortText(Buffer.from(value))}`]),
    ['document', sizeText(deadLetter, value)],
  ];
  return [
    printable(deadLetter.id),
    ...rows.map(([label = '', text = '']) => `  ${label.padEnd(labelWidth)}${printable(text)}`),
    ...(value === null || value.length === 0 ? [] : [documentText(value)]),
  ].join('\n');
};

const times = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`);

const sizeText = ({ bytes }: DeadLetter, value: Buffer | null): string => {
  if (bytes === undefined) return 'too large for the dead-letter topic: it lies where it came from';
  return value === null ? '(none)' : `${formatCount(bytes)} bytes`;
};

/** Of a key or a header: text, or bytes in hexadecimal. */
const shortText = (bytes: Buffer): string => {
  const text = isUtf8(bytes) ? bytes.toString() : `0x${bytes.toString('hex')}`;
  return text.length <= shortTextMax
    ? text
    : `${text.slice(0, shortTextMax)}… (${formatCount(bytes.length)} bytes)`;
};

/** JSON set out for reading, other text as it is, and bytes that are no text in hexadecimal; cut where it is long. */
export const documentText = (value: Buffer): string => {
  if (!isUtf8(value)) return indent(hexOf(value));
  const text = value.toString();
  const shown = cut(layOutJson(text) ?? text);
  return indent(shown.split('\n').map(printable).join('\n'));
};

const cut = (text: string): string =>
  text.length <= documentShownMax
    ? text
    : `${text.slice(0, documentShownMax)}\n… ${formatCount(text.length - documentShownMax)} more characters: --raw gives all`;

const hexOf = (value: Buffer): string => {
  const rows =
    value
      .subarray(0, hexShownMax)
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  const more = value.length - hexShownMax;
  return [...rows, ...(more > 0 ? [`… ${formatCount(more)} more bytes: --raw gives all`] : [])].join('\n');
};

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
