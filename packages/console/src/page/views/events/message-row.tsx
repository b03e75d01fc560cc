import type { MessageRow } from '../../../server/kafka/shown-message.ts';
import { withParams } from '../../lib/router.ts';
import { Time } from '../../parts/time.tsx';

export type { MessageRow };

export const rowHeight = 52;

export const placeOf = ({ topic, partition, offset }: MessageRow): string =>
  `${topic}/${partition}/${offset}`;

/** One message in a list: when, where, what. */
export const MessageLine = ({ row, isOpen }: { row: MessageRow; isOpen: boolean }) => (
  <a class={`message ${isOpen ? 'chosen' : ''}`} href={withParams({ at: placeOf(row) })}>
    <Time at={row.at} as="clock" />
    <span class="message-what">
      <strong>{row.type ?? row.topic}</strong>
      <span class="muted">
        {row.topic} {row.partition}/{row.offset}
      </span>
    </span>
    <code class="message-text">
      {row.key === null ? '' : `${row.key} `}
      {row.text}
    </code>
  </a>
);
