import { useState } from 'preact/hooks';
import { bytes, count, many } from '../../lib/format.ts';
import { withParams } from '../../lib/router.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Id } from '../../parts/id.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import {
  type DeadLetterList,
  type DeadLetterRow,
  type DeadLetterState,
  nameOf,
  resolve,
} from './dead-letters.ts';
import { Reason } from './reason.tsx';

interface DeadLetterTableProps {
  list: DeadLetterList;
  state: DeadLetterState;
  open: string;
}

/** Dead letters one by one; those that are marked can be resolved together. */
export const DeadLetterTable = ({ list, state, open }: DeadLetterTableProps) => {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = list.items.filter((row) => marked.has(nameOf(row)));
  if (list.items.length === 0)
    return (
      <Empty>
        {state === 'pending'
          ? 'None is pending here.'
          : 'None so far: what is resolved is listed here, with who did it.'}
      </Empty>
    );
  const toggle = (name: string) =>
    setMarked(
      (before) => new Set(before.has(name) ? [...before].filter((one) => one !== name) : [...before, name]),
    );
  return (
    <>
      {chosen.length > 0 && <Together chosen={chosen} state={state} onDone={() => setMarked(new Set())} />}
      <Table
        label="List of dead letters"
        rows={list.items}
        keyOf={nameOf}
        isMarked={(row) => nameOf(row) === open}
        columns={[
          ...(hasRole() && state !== 'replayed' ? [markColumn(marked, toggle)] : []),
          ...columns,
          ...(state === 'pending' ? [] : [resolvedColumn]),
        ]}
      />
      {list.total > list.items.length && (
        <p class="muted small">
          The newest {count(list.items.length)} of {count(list.total)}. Choose a reason to narrow them down.
        </p>
      )}
    </>
  );
};

const markColumn = (marked: ReadonlySet<string>, toggle: (name: string) => void): Column<DeadLetterRow> => ({
  title: 'Mark',
  cell: (row) => (
    <input
      type="checkbox"
      aria-label={`Mark ${row.id}`}
      checked={marked.has(nameOf(row))}
      onChange={() => toggle(nameOf(row))}
    />
  ),
});

const columns: Column<DeadLetterRow>[] = [
  { title: 'Dead letter', cell: (row) => <Id id={row.id} href={withParams({ open: nameOf(row) })} /> },
  { title: 'Reason', cell: ({ reason }) => <Reason code={reason} /> },
  { title: 'From', isExtra: true, cell: ({ topic, group }) => `${topic} → ${group}` },
  { title: 'Tries', isFigure: true, isExtra: true, cell: ({ attempts }) => count(attempts) },
  {
    title: 'Size',
    isFigure: true,
    isExtra: true,
    cell: (row) => (row.bytes === null ? 'left out' : bytes(row.bytes)),
  },
  { title: 'Refused', cell: ({ last_seen }) => <Time at={last_seen} as="ago" /> },
];

const resolvedColumn: Column<DeadLetterRow> = {
  title: 'Resolved',
  cell: ({ resolved_at, resolved_by }) => (
    <>
      <Time at={resolved_at || null} as="ago" /> {resolved_by && <span class="muted">by {resolved_by}</span>}
    </>
  ),
};

const Together = ({
  chosen,
  state,
  onDone,
}: {
  chosen: readonly DeadLetterRow[];
  state: DeadLetterState;
  onDone: () => void;
}) => {
  const [what, setWhat] = useState<'replay' | 'discard' | 'restore'>();
  const items = chosen.map(({ topic, group, id, replays }) => ({ topic, group, id, replays }));
  const word = { replay: 'Send again', discard: 'Discard', restore: 'Make pending again' } as const;
  return (
    <div class="row">
      <span class="small">{many(chosen.length, 'marked')}</span>
      {(state === 'pending' ? (['replay', 'discard'] as const) : (['restore'] as const)).map((one) => (
        <button
          key={one}
          type="button"
          class={one === 'discard' ? 'danger' : undefined}
          onClick={() => setWhat(one)}
        >
          {word[one]}
        </button>
      ))}
      {what && (
        <Confirm
          title={`${word[what]}: ${many(chosen.length, 'dead letter')}`}
          action={word[what]}
          isDangerous={what === 'discard'}
          onConfirm={async () => {
            await resolve(what, { selection: { items } });
            onDone();
          }}
          onClose={() => setWhat(undefined)}
        >
          <p>
            {what === 'replay'
              ? 'Each is applied once, whatever is sent twice. What is refused again comes back here.'
              : what === 'discard'
                ? 'They are not applied. Their messages stay in Kafka: discarding can be undone.'
                : 'They wait for a decision again.'}
          </p>
        </Confirm>
      )}
    </div>
  );
};
