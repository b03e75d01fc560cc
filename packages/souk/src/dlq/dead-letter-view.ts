import { originalHeaders, shownKey, shownValue } from '@souk/console/server/kafka/shown-message.ts';
import { deadLetterHeader } from '@souk/contracts/dead-letter-header.ts';
import type { DeadLetter } from '@souk/service-kit/dead-letters/dead-letter-book.ts';
import type { DeadLetterGroup } from '@souk/service-kit/dead-letters/dead-letter-groups.ts';
import { headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { formatCount } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';

const documentShownMax = 20_000;
const labelWidth = 13;

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
    ['key', shownKey(key) ?? '(none)'],
    ...originalHeaders(headers).map(({ name, value: text }) => ['header', `${name}: ${text}`]),
    ['document', sizeText(deadLetter, value)],
  ];
  return [
    printable(deadLetter.id),
    ...rows.map(([label = '', text = '']) => `  ${label.padEnd(labelWidth)}${printable(text)}`),
    ...documentLines(deadLetter.topic, value).map((line) => `    ${line}`),
  ].join('\n');
};

const times = (count: number): string => (count === 1 ? 'once' : `${formatCount(count)} times`);

const sizeText = ({ bytes }: DeadLetter, value: Buffer | null): string => {
  if (bytes === undefined) return 'too large for the dead-letter topic: it lies where it came from';
  return value === null ? '(none)' : `${formatCount(bytes)} bytes`;
};

/** JSON set out for reading, other text as it is, and bytes that are no text in hexadecimal; cut where it is long. */
const documentLines = (topic: string, value: Buffer | null): string[] => {
  const { form, text, is_cut } = shownValue(topic, value, true);
  const shown = text.slice(0, documentShownMax);
  const lines = form === 'hex' ? (shown.match(/.{1,64}/g) ?? []) : shown.split('\n').map(printable);
  const isCut = is_cut || shown.length < text.length;
  return form === 'none' ? [] : [...lines, ...(isCut ? ['… and more: --raw gives all'] : [])];
};
