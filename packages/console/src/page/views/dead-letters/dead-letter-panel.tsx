import { useState } from 'preact/hooks';
import { api, isApiError } from '../../lib/api.ts';
import { count, many } from '../../lib/format.ts';
import { withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { type DeadLetterDetail, deadLettersChanged, partsOf, resolve, stateWords } from './dead-letters.ts';
import { DocumentEditor, type Fault } from './document-editor.tsx';
import { Reason } from './reason.tsx';

/** One dead letter: what it holds, what is wrong with it, and what can be done. */
export const DeadLetterPanel = ({ name }: { name: string }) => {
  const parts = partsOf(name);
  const loaded = useLoad(
    (signal) => api<DeadLetterDetail>(`/api/dead-letters/one?${new URLSearchParams(parts)}`, { signal }),
    `dead letter ${name} ${deadLettersChanged.value}`,
  );
  const actions = <a href={withParams({ open: '' })}>Close</a>;
  if (isApiError(loaded.error) && loaded.error.status === 404)
    return (
      <Panel title="Dead letter" actions={actions}>
        <p class="empty">Kafka does not have this dead letter any more.</p>
      </Panel>
    );
  return (
    <Panel title="Dead letter" actions={actions}>
      <LoadedPart loaded={loaded} what="the dead letter">
        {(detail) => (
          <>
            <Facts detail={detail} />
            <Document key={`${name} ${detail.replays} ${detail.state}`} detail={detail} />
          </>
        )}
      </LoadedPart>
    </Panel>
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

type Action = 'replay' | 'discard' | 'restore';

const Document = ({ detail }: { detail: DeadLetterDetail }) => {
  const { value, topic, group, id, replays, state } = detail;
  const [text, setText] = useState(value.text);
  const [faults, setFaults] = useState<readonly Fault[] | undefined>(detail.faults);
  const [asked, setAsked] = useState<Action>();
  const isText = value.form === 'json' || value.form === 'text' || value.form === 'none';
  const mayAct = hasRole('admin');
  const mayEdit = mayAct && state === 'pending' && isText && !value.is_masked && !value.is_cut;
  const isEdited = text !== value.text;
  const selection = { items: [{ topic, group, id, replays }] };
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
      {mayAct && (
        <div class="row actions-end">
          {isEdited && (
            <button type="button" onClick={() => setText(value.text)}>
              Take the changes back
            </button>
          )}
          {state === 'pending' && (
            <>
              <button type="button" class="danger" onClick={() => setAsked('discard')}>
                Discard…
              </button>
              <button
                type="button"
                class="primary"
                disabled={isEdited && faults === undefined}
                onClick={() => setAsked('replay')}
              >
                {isEdited ? 'Send the corrected one…' : 'Send again…'}
              </button>
            </>
          )}
          {state === 'discarded' && (
            <button type="button" class="primary" onClick={() => setAsked('restore')}>
              Make pending again…
            </button>
          )}
        </div>
      )}
      {asked && (
        <AskOne
          what={asked}
          detail={detail}
          faults={faults ?? []}
          onConfirm={() =>
            resolve(asked, {
              selection,
              ...(asked === 'replay' && isEdited
                ? { document: text, unchecked: (faults ?? []).length > 0 }
                : {}),
            })
          }
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
};

interface AskOneProps {
  what: Action;
  detail: DeadLetterDetail;
  faults: readonly Fault[];
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

const words: Record<Action, { title: string; action: string; text: string }> = {
  replay: {
    title: 'Send this dead letter again',
    action: 'Send again',
    text: 'It is applied once, whoever else sends it. If it is refused again, it comes back here. What was sent cannot be taken back.',
  },
  discard: {
    title: 'Discard this dead letter',
    action: 'Discard',
    text: 'It is not applied. Its message stays in Kafka: discarding can be undone here.',
  },
  restore: {
    title: 'Make this dead letter pending again',
    action: 'Make pending again',
    text: 'It waits for a decision again.',
  },
};

const AskOne = ({ what, detail, faults, onConfirm, onClose }: AskOneProps) => (
  <Confirm
    title={words[what].title}
    action={words[what].action}
    isDangerous={what === 'discard'}
    onConfirm={onConfirm}
    onClose={onClose}
  >
    <p>
      {detail.topic} → {detail.group}: <code>{detail.id}</code>
    </p>
    {what === 'replay' && faults.length > 0 && (
      <p class="warn">
        The contract still has {many(faults.length, 'fault')} in it: it will most likely be refused again.
      </p>
    )}
    <p>{words[what].text}</p>
  </Confirm>
);
