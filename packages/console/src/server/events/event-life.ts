import { decodeEnvelope } from '@souk/contracts/cloud-event.ts';
import { contractFaults } from '@souk/contracts/contract-faults.ts';
import { consumersOf, isServiceName, type ServiceName } from '@souk/contracts/services.ts';
import { headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { isProblem } from '@souk/service-kit/problem.ts';
import { faultsOf } from '../dead-letters/dead-letter-detail.ts';
import { shownDeadLetter } from '../dead-letters/dead-letter-list.ts';
import type { KnownDeadLetter } from '../dead-letters/dead-letter-watch.ts';
import { shownHeaders, shownKey, shownValue } from '../kafka/shown-message.ts';
import { contractOf } from '../kafka/topic-contract.ts';
import type { MeshCalls, Positions } from '../mesh-calls.ts';

/** An answer of a service, or why there is none: `refused`: not for this viewer. */
type Asked<T> = { found: T } | { missing: 'not_found' | 'refused' | 'unreachable' };

/** How far one consumer is with this event. */
export interface ConsumerStep {
  service: ServiceName;
  /** `refused`: it is a dead letter; `again`: it was one, and has been applied since. */
  state: 'applied' | 'waiting' | 'refused' | 'again' | 'unknown';
  /** Applied no later than this: exactly then when `is_exact`. */
  by?: string;
  is_exact?: boolean;
  /** Its tables are being built again, and have not come to this event. */
  is_rebuilding?: boolean;
  dead_letter?: { error_class: string; refused_at: string; resolved_at: string | null };
}

export interface LifeParts {
  calls: MeshCalls;
  headers: Record<string, string>;
  deadLetters: readonly KnownDeadLetter[];
  maySeePersonal: boolean;
}

/** Everything that is known of one message: what it is, where it came from, who has applied it. */
export const eventLife = async (record: ReceivedMessage, parts: LifeParts) => {
  const { topic, partition, offset, key, value, headers, timestampMs } = record;
  const contract = contractOf(topic);
  const envelope = contract?.events && envelopeOf(contract.events, record);
  const base = topic.split('.', 1)[0] as string;
  const owner = contract?.events?.owner;
  const id = headerText(headers, 'ce_id');
  const [outbox, audit, consumers] = await Promise.all([
    envelope && owner && isServiceName(owner)
      ? ask(parts, owner, `/api/v1/outbox/${envelope.sequence}`)
      : undefined,
    envelope && owner && isServiceName(owner) ? auditOf(parts, owner, envelope) : undefined,
    envelope
      ? Promise.all(consumersOf(base).map((service) => consumerStep(parts, service, record, envelope)))
      : [],
  ]);
  return {
    ...{ topic, partition, offset },
    at: timestampMs === undefined ? null : new Date(timestampMs).toISOString(),
    key: shownKey(key),
    headers: shownHeaders(headers),
    value: shownValue(topic, value, parts.maySeePersonal),
    bytes: record.bytes,
    description: contract?.topic.description ?? null,
    faults: faultsOf(contractFaults(base, record)),
    event: envelope
      ? {
          ...{ id: envelope.id, type: envelope.type, source: envelope.source, owner },
          time: envelope.time.toISOString(),
          sequence: String(envelope.sequence),
          traceparent: envelope.traceparent ?? null,
        }
      : null,
    outbox: outbox ?? null,
    audit: audit ?? null,
    consumers,
    dead_letters: parts.deadLetters.filter((one) => one.id === id || isOf(one, record)).map(shownDeadLetter),
  };
};

/** What the console answers about one message. */
export type EventLife = Awaited<ReturnType<typeof eventLife>>;

const isOf = ({ origin }: KnownDeadLetter, { topic, partition, offset }: ReceivedMessage): boolean =>
  origin.topic === topic && origin.partition === partition && origin.offset === offset;

const envelopeOf = (topic: Parameters<typeof decodeEnvelope>[0], record: ReceivedMessage) => {
  try {
    return decodeEnvelope(topic, record);
  } catch {
    return undefined;
  }
};

type Envelope = NonNullable<ReturnType<typeof envelopeOf>>;

const ask = async <T>(
  { calls, headers }: LifeParts,
  service: ServiceName,
  path: string,
): Promise<Asked<T>> => {
  try {
    return { found: (await calls.json(service, 'GET', path, { headers })) as T };
  } catch (error) {
    if (!isProblem(error)) throw error;
    const { statusCode } = error;
    if (statusCode === 404) return { missing: 'not_found' };
    return { missing: statusCode === 401 || statusCode === 403 ? 'refused' : 'unreachable' };
  }
};

interface AuditRow {
  at: string;
  subject: string;
  action: string;
}

/** The audit's row is written in the transaction of the event: of the moments around it, the nearest. */
const auditOf = async (
  parts: LifeParts,
  owner: ServiceName,
  { key, time }: Envelope,
): Promise<Asked<AuditRow | null>> => {
  const around = (ms: number) => new Date(time.getTime() + ms).toISOString();
  const moments = { from: around(-auditAroundMs), to: around(auditAroundMs) };
  const query = new URLSearchParams({ object: key, outcome: 'allowed', ...moments });
  const asked = await ask<{ items: AuditRow[] }>(parts, owner, `/api/v1/audit?${query}`);
  return 'found' in asked ? { found: nearestTo(time, asked.found.items) } : asked;
};

const auditAroundMs = 5_000;

export const nearestTo = <Row extends { at: string }>(time: Date, rows: readonly Row[]): Row | null => {
  const awayMs = ({ at }: Row) => Math.abs(Date.parse(at) - time.getTime());
  return rows.toSorted((a, b) => awayMs(a) - awayMs(b))[0] ?? null;
};

const consumerStep = async (
  parts: LifeParts,
  service: ServiceName,
  { topic, partition }: ReceivedMessage,
  { id, sequence, source }: Envelope,
): Promise<ConsumerStep> => {
  const base = topic.split('.', 1)[0];
  const [positions, refused] = await Promise.all([
    ask<Positions>(parts, service, '/api/v1/positions'),
    ask<NonNullable<ConsumerStep['dead_letter']>>(
      parts,
      service,
      `/api/v1/dead-letters/${encodeURIComponent(id)}`,
    ),
  ]);
  if ('found' in refused) {
    const { error_class, refused_at, resolved_at } = refused.found;
    const state = resolved_at === null ? 'refused' : 'again';
    return {
      ...{ service, state, dead_letter: { error_class, refused_at, resolved_at } },
      ...(resolved_at === null ? {} : { by: resolved_at, is_exact: true }),
    };
  }
  if (!('found' in positions)) return { service, state: 'unknown' };
  const position = positions.found.items.find(
    (one) => one.topic === base && one.source === source && one.partition === partition,
  );
  return { service, ...stepOf(position, sequence) };
};

/** What the position of its partition says of an event with this number. */
export const stepOf = (
  position: Pick<Positions['items'][number], 'last_sequence' | 'seen_sequence' | 'updated_at'> | undefined,
  sequence: bigint,
): Omit<ConsumerStep, 'service'> => {
  if (!position || BigInt(position.last_sequence) < sequence)
    return {
      state: 'waiting',
      ...(position && BigInt(position.seen_sequence) >= sequence ? { is_rebuilding: true } : {}),
    };
  return {
    state: 'applied',
    by: position.updated_at,
    is_exact: BigInt(position.last_sequence) === sequence,
  };
};
