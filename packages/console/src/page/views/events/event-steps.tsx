import type { ComponentChildren } from 'preact';
import type { EventLife } from '../../../server/events/event-life.ts';
import { withQuery } from '../../lib/address.ts';
import { duration } from '../../lib/format.ts';
import { Time } from '../../parts/time.tsx';
import { viewer } from '../../shell/viewer.ts';
import { nameOf, stateWords } from '../dead-letters/dead-letters.ts';
import { Reason } from '../dead-letters/reason.tsx';

type Consumer = EventLife['consumers'][number];

/** From the request that wrote it to everybody who has applied it, one step below the other. */
export const EventSteps = ({ life }: { life: EventLife }) => {
  const { event, outbox, topic, partition, offset, at, consumers, dead_letters } = life;
  const written = event && Date.parse(event.time);
  return (
    <ol class="steps">
      {event && <RequestStep life={life} />}
      {event && (
        <Step title={`Outbox of ${event.owner}`} at={event.time} isDone>
          number {event.sequence}
          {outboxWords(outbox)}
        </Step>
      )}
      <Step title={`Kafka: ${topic}`} at={at} isDone after={since(written, at)}>
        partition {partition}, offset {offset}
      </Step>
      {consumers.map((consumer) => (
        <ConsumerStep key={consumer.service} consumer={consumer} written={written} />
      ))}
      {!event && life.faults.length > 0 && (
        <Step title="No event" isBad>
          its envelope cannot be read, so nobody can apply it
        </Step>
      )}
      {dead_letters.map((one) => (
        <Step
          key={nameOf(one)}
          title={`Dead letter of ${one.group}`}
          at={one.last_seen}
          isBad={one.state === 'pending'}
        >
          <a href={withQuery('/dead-letters', { open: nameOf(one), state: one.state })}>
            <Reason code={one.reason} />
          </a>
          , {stateWords[one.state]}
        </Step>
      ))}
    </ol>
  );
};

const RequestStep = ({ life }: { life: EventLife }) => {
  const { event, audit } = life;
  const traceId = event?.traceparent?.split('-')[1];
  const base = viewer.value?.traces_url;
  const row = audit && 'found' in audit ? audit.found : null;
  return (
    <Step title="Request" at={row?.at} isDone={row !== null || traceId !== undefined}>
      {row
        ? `${row.action} by ${row.subject}`
        : 'no audited change: it came over Kafka, or nobody is noted for it'}
      {traceId &&
        (base ? (
          <>
            {' · '}
            <a href={`${base.replace(/\/$/, '')}/trace/${traceId}`} target="_blank" rel="noreferrer">
              its trace
            </a>
          </>
        ) : (
          <>
            {' · trace '}
            <code>{traceId}</code>
          </>
        ))}
    </Step>
  );
};

const ConsumerStep = ({ consumer, written }: { consumer: Consumer; written: number | null }) => {
  const { service, state, by, is_exact, is_rebuilding, dead_letter } = consumer;
  const applied = state === 'applied' || state === 'again';
  return (
    <Step
      title={service}
      at={applied ? by : undefined}
      isDone={applied}
      isBad={state === 'refused'}
      after={is_exact && state === 'applied' ? since(written, by) : undefined}
    >
      {state === 'applied' &&
        (is_exact ? 'applied' : 'applied, at the latest then: it has applied later events since')}
      {state === 'again' && `refused first (${dead_letter?.error_class}), applied since`}
      {state === 'refused' && `refused: ${dead_letter?.error_class}`}
      {state === 'waiting' &&
        (is_rebuilding ? 'its tables are being built again, and have not come to it yet' : 'not applied yet')}
      {state === 'unknown' && 'does not say: it cannot be reached, or your account may not ask'}
    </Step>
  );
};

const outboxWords = (outbox: EventLife['outbox']): string => {
  if (!outbox) return '';
  if ('missing' in outbox)
    return outbox.missing === 'not_found'
      ? '; the row is gone after its seven days'
      : '; its row cannot be asked for';
  return (outbox.found as { published: boolean }).published
    ? ', published'
    : ', not acknowledged by Kafka yet';
};

const since = (from: number | null | undefined, to: string | null | undefined): string | undefined => {
  if (!from || !to) return undefined;
  const ms = Date.parse(to) - from;
  return ms >= 0 ? `after ${duration(ms)}` : undefined;
};

interface StepProps {
  title: string;
  at?: string | null | undefined;
  /** How long it took until then. */
  after?: string | undefined;
  isDone?: boolean;
  isBad?: boolean;
  children: ComponentChildren;
}

const Step = ({ title, at, after, isDone, isBad, children }: StepProps) => (
  <li class={isBad ? 'ended' : isDone ? 'reached' : undefined}>
    <span class="step-head">
      <strong>{title}</strong>
      {at && <Time at={at} as="clock" />}
      {after && <span class="muted">{after}</span>}
    </span>
    <span class="small">{children}</span>
  </li>
);
