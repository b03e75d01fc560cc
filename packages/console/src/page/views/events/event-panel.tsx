import type { EventLife } from '../../../server/events/event-life.ts';
import { type Address, withQuery } from '../../lib/address.ts';
import { bytes, many } from '../../lib/format.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Detail } from '../../parts/detail.tsx';
import { EventSteps } from './event-steps.tsx';
import { compactJson, fieldsOf } from './json-fields.ts';
import { WhatFollowed } from './what-followed.tsx';

const everyMs = 2_000;

/** One message: its life step by step, and what it holds, decoded and raw. */
export const EventPanel = ({ place }: { place: string }) => {
  const [topic = '', partition = '', offset = ''] = place.split('/');
  const address: Address<EventLife> = withQuery('/api/events/one', { topic, partition, offset });
  return (
    <Detail
      title="Message"
      note={place}
      opener="at"
      loaded={useLoad(address, { everyMs })}
      what="the message"
      gone="Kafka does not have this message any more."
    >
      {(life) => (
        <>
          <p class="detail-title">{life.event?.type ?? life.topic}</p>
          {life.description && <p class="muted small">{life.description}</p>}
          <EventSteps life={life} />
          <WhatFollowed life={life} />
          <Contents life={life} />
        </>
      )}
    </Detail>
  );
};

const Contents = ({ life }: { life: EventLife }) => {
  const { value, headers, faults, key } = life;
  return (
    <>
      {faults.length > 0 && (
        <>
          <h3>What its contract has against it</h3>
          <ul class="faults small">
            {faults.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                <code>{field}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
      {value.is_masked && <p class="muted small">Personal data in it is not shown to your account.</p>}
      <div class="both">
        <div>
          <h3>Decoded</h3>
          <Decoded value={value} />
        </div>
        <div>
          <h3>As Kafka has it</h3>
          <Lines>
            {[
              `key: ${key ?? '(none)'}`,
              ...headers.map(({ name, value: text }) => `${name}: ${text}`),
              '',
              value.form === 'json' && !value.is_masked ? compactJson(value.text) : value.text,
            ].join('\n')}
          </Lines>
        </div>
      </div>
      <p class="muted small">
        {bytes(life.bytes)} with {many(headers.length, 'header')}
        {value.is_cut && '; it is longer than what is shown'}
      </p>
    </>
  );
};

const Lines = ({ children }: { children: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
  <pre class="document small" tabIndex={0}>
    {children}
  </pre>
);

/** The fields of a JSON object as a list of names and values, whatever else as it is. */
const Decoded = ({ value }: { value: EventLife['value'] }) => {
  const fields = value.form === 'json' ? fieldsOf(value.text) : undefined;
  if (!fields) return <Lines>{value.form === 'none' ? 'It has no value.' : value.text}</Lines>;
  return (
    <dl class="facts">
      {fields.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{text}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
};
