import { useState } from 'preact/hooks';
import type { Fault } from '../../../server/dead-letters/dead-letter-detail.ts';
import { type Address, withQuery } from '../../lib/address.ts';
import { count, many } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Detail } from '../../parts/detail.tsx';
import { Time } from '../../parts/time.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { type DeadLetterDetail, deadLettersChanged, partsOf, stateWords } from './dead-letters.ts';
import { DocumentEditor } from './document-editor.tsx';
import { Reason } from './reason.tsx';
import { ResolveButtons } from './resolve-buttons.tsx';

/** One dead letter: what it holds, what is wrong with it, and what can be done. */
export const DeadLetterPanel = ({ name }: { name: string }) => {
  const address: Address<DeadLetterDetail> = withQuery('/api/dead-letters/one', partsOf(name));
  return (
    <Detail
      title="Dead letter"
      opener="open"
      loaded={useLoad(address, { changed: deadLettersChanged.value })}
      what="the dead letter"
      gone="Kafka does not have this dead letter any more."
    >
      {(detail) => (
        <>
          <Facts detail={detail} />
          <Document key={`${name} ${detail.replays} ${detail.state}`} detail={detail} />
        </>
      )}
    </Detail>
  );
};

const Facts = ({ detail }: { detail: DeadLetterDetail }) => {
  const { origin, lies_at } = detail;
  const place = new URLSearchParams({ at: `${origin.topic}/${origin.partition}/${origin.offset}` });
  return (
    <>
      <p class="detail-title">
        <Reason code={detail.reason} withCode />
      </p>
      <p class="small">{detail.reason_text}</p>
      <dl class="facts">
        <dt>State</dt>
        <dd>
          <span class={`tag ${detail.state === 'pending' ? 'warn' : ''}`}>{stateWords[detail.state]}</span>{' '}
          {detail.resolved_at && (
            <>
              <Time at={detail.resolved_at} /> by {detail.resolved_by || 'somebody'}
            </>
          )}
        </dd>
        {detail.outcome && (
          <>
            <dt>Applied</dt>
            <dd>{detail.outcome.resolved_at ? <Time at={detail.outcome.resolved_at} /> : 'not yet'}</dd>
          </>
        )}
        <dt>Identity</dt>
        <dd>
          <code>{detail.id}</code>
        </dd>
        <dt>Key</dt>
        <dd>{detail.key === null ? <span class="muted">none</span> : <code>{detail.key}</code>}</dd>
        <dt>Came from</dt>
        <dd>
          <a href={`/events?${place}`}>
            {origin.topic}, partition {origin.partition}, offset {count(origin.offset)}
          </a>
        </dd>
        <dt>Lies in</dt>
        <dd>
          {detail.topic}.{detail.group}.dlq, partition {lies_at.partition}, offset {count(lies_at.offset)}
        </dd>
        <dt>Tried</dt>
        <dd>
          {many(detail.attempts, 'time')}, sent again {many(detail.replays, 'time')}
        </dd>
        <dt>Refused</dt>
        <dd>
          first <Time at={detail.first_seen || null} />, last <Time at={detail.last_seen || null} />
        </dd>
      </dl>
      {detail.headers.length > 0 && (
        <details>
          <summary>{many(detail.headers.length, 'header')}</summary>
          <dl class="facts">
            {detail.headers.map(({ name, value }, index) => (
              <div key={index}>
                <dt>{name}</dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
};

const Document = ({ detail }: { detail: DeadLetterDetail }) => {
  const { value, topic, group, id, replays, state } = detail;
  const [text, setText] = useState(value.text);
  const [faults, setFaults] = useState<readonly Fault[] | undefined>(detail.faults);
  const isWhole = value.form !== 'hex' && !value.is_masked && !value.is_cut;
  const mayEdit = hasRole('admin') && state === 'pending' && isWhole;
  const isEdited = text !== value.text;
  const faultsLeft = faults?.length ?? 0;
  return (
    <>
      <h3>Document</h3>
      {value.is_masked && <p class="muted small">Personal data in it is not shown to your account.</p>}
      {value.is_cut && (
        <p class="muted small">
          It is longer than what is shown. Correct it with <code>souk dlq replay --edit</code>.
        </p>
      )}
      {value.form === 'hex' && (
        <p class="muted small">These bytes are no text; here they are in hexadecimal.</p>
      )}
      {detail.bytes === null && (
        <p class="warn small">Kafka refused it for its size: the document lies where it came from.</p>
      )}
      <DocumentEditor
        text={text}
        onText={setText}
        check={mayEdit ? { topic, group, id } : undefined}
        faults={faults ?? []}
        onFaults={setFaults}
      />
      <div class="actions end">
        {isEdited && (
          <button type="button" onClick={() => setText(value.text)}>
            Undo the changes
          </button>
        )}
        <ResolveButtons
          state={state}
          resolution={{
            selection: { items: [{ topic, group, id, replays }] },
            ...(isEdited && { document: text, unchecked: faultsLeft > 0 }),
          }}
          replayText={isEdited ? 'Send the corrected one…' : undefined}
          isReplayDisabled={isEdited && faults === undefined}
        >
          <p>
            {topic} → {group}: <code>{id}</code>
          </p>
          {state === 'pending' && faultsLeft > 0 && (
            <p class="warn">
              The contract has {many(faultsLeft, 'fault')} in it: sent like this, it will most likely be
              refused again.
            </p>
          )}
        </ResolveButtons>
      </div>
    </>
  );
};
