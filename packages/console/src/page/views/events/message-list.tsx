import type { MessageRow } from '../../../server/kafka/shown-message.ts';
import { param, withParams } from '../../lib/router.ts';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';

export type { MessageRow };

interface MessageListProps {
  label: string;
  rows: readonly MessageRow[];
  onScrolled?: (isAtTop: boolean) => void;
}

/** Messages, each of which opens beside the list. */
export const MessageList = (props: MessageListProps) => {
  const open = param('at');
  return (
    <VirtualList
      {...props}
      keyOf={placeOf}
      rowHeight={52}
      height={560}
      row={(row) => <MessageLine row={row} isOpen={placeOf(row) === open} />}
    />
  );
};

const placeOf = ({ topic, partition, offset }: MessageRow): string => `${topic}/${partition}/${offset}`;

const MessageLine = ({ row, isOpen }: { row: MessageRow; isOpen: boolean }) => (
  <a class={`message ${isOpen ? 'chosen' : ''}`} href={withParams({ at: placeOf(row) })}>
    <Time at={row.at} as="clock" />
    <span class="message-what">
      <strong>{row.type ?? row.topic}</strong>
      <span class="muted">
        {row.topic} {row.partition}/{row.offset}
      </span>
    </span>
    <code class="message-text extra">
      {row.key === null ? '' : `${row.key} `}
      {row.text}
    </code>
  </a>
);
