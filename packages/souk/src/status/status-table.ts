import { styleText } from 'node:util';
import { formatCount, formatDuration } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';
import type { MeshStatus, ServiceStatus } from './read-status.ts';

type Style = Parameters<typeof styleText>[0];

const colours: Record<string, Style> = {
  ok: 'green',
  degraded: 'yellow',
  down: 'red',
  unreachable: 'red',
};
const deadLettersUnknown =
  'Pending dead letters are not known: Kafka does not answer, or --brokers has to say where it is.';
const mebibyte = 1_048_576;
const gap = 2;

/** The status as tables for a person. Coloured where `stream` shows colours and NO_COLOR does not forbid it. */
export const statusTable = (
  { services, pending_dead_letters: deadLetters }: MeshStatus,
  stream: NodeJS.WritableStream,
): string => {
  const paint = (style: Style, text: string) => styleText(style, text, { stream });
  const outboxes = services.flatMap(({ service, outbox }) => (outbox ? [{ service, ...outbox }] : []));
  const groups = services.flatMap(({ consumer }) => consumer ?? []);
  const tables = [
    table(
      ['service', 'status', 'up for', 'memory', 'dependencies'],
      services.map((service) => serviceRow(service)),
    ),
    table(
      ['outbox', 'waiting', 'oldest', 'relay'],
      outboxes.map(({ service, pending, oldest_age_seconds, relay_leader }) => [
        service,
        formatCount(pending),
        pending === 0 ? '-' : formatDuration(oldest_age_seconds * 1_000),
        relay_leader ? 'leader' : 'standby',
      ]),
    ),
    table(
      ['consumer', 'topic', 'lag', 'refused'],
      groups.map(({ group, topic, lag, dead_letters }) => [
        group,
        topic,
        lag === null ? 'no partitions' : formatCount(lag),
        formatCount(dead_letters),
      ]),
    ),
    table(
      ['dead letters of', 'topic', 'pending', 'reasons'],
      (deadLetters ?? []).map(({ topic, group, waiting, reasons }) => [
        group,
        topic,
        formatCount(waiting),
        Object.entries(reasons)
          .map(([reason, count]) => `${printable(reason)} ${formatCount(count)}`)
          .join(', '),
      ]),
    ),
  ];
  return [
    ...tables
      .filter((lines) => lines.length > 1)
      .map(([heading = '', ...rows]) =>
        [paint('bold', heading), ...rows.map(colourStatus(paint))].join('\n'),
      ),
    ...(deadLetters === undefined ? [deadLettersUnknown] : []),
  ].join('\n\n');
};

const serviceRow = (service: ServiceStatus): string[] => {
  const { status, url, problem, uptime_seconds, resident_memory_bytes, waiting_for, dependencies } = service;
  if (status === 'unreachable') return [service.service, status, '', '', `${url}: ${problem}`];
  const states = Object.entries(dependencies ?? {}).map(
    ([name, { status, error }]) => `${name} ${status}${error ? ` (${error})` : ''}`,
  );
  return [
    service.service,
    status,
    uptime_seconds === undefined ? '' : formatDuration(uptime_seconds * 1_000),
    resident_memory_bytes === undefined ? '' : `${Math.round(resident_memory_bytes / mebibyte)} MiB`,
    [...states, ...(waiting_for ? [`waiting for ${waiting_for}`] : [])].join(', '),
  ];
};

/** Lines of aligned columns: the heading and the rows. */
const table = (heading: string[], rows: string[][]): string[] => {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + gap))
      .join('')
      .trimEnd(),
  );
};

const colourStatus = (paint: (style: Style, text: string) => string) => (line: string) =>
  line.replace(/\b(ok|degraded|down|unreachable)\b/g, (word) => paint(colours[word] ?? 'reset', word));
