import { useState } from 'preact/hooks';
import { bytes, count, many } from '../../lib/format.ts';
import { withParams } from '../../lib/router.ts';
import { Id } from '../../parts/id.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { type DeadLetterList, type DeadLetterRow, type DeadLetterState, nameOf } from './dead-letters.ts';
import { Reason } from './reason.tsx';
import { ResolveButtons } from './resolve-buttons.tsx';

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

const markColumn = (marked: ReadonlySet<string>, toggle: (name: string) => void): Column<DeadLetterRow> => [
  'Mark',
  (row) => (
    <input
      type="checkbox"
      aria-label={`Mark ${row.id}`}
      checked={marked.has(nameOf(row))}
      onChange={() => toggle(nameOf(row))}
    />
  ),
];

const columns: Column<DeadLetterRow>[] = [
  ['Dead letter', (row) => <Id id={row.id} href={withParams({ open: nameOf(row) })} />],
  ['Reason', ({ reason }) => <Reason code={reason} />],
  ['From', ({ topic, group }) => `${topic} → ${group}`, 'extra'],
  ['Tries', ({ attempts }) => count(attempts), 'extra figure'],
  ['Size', (row) => (row.bytes === null ? 'left out' : bytes(row.bytes)), 'extra figure'],
  ['Refused', ({ last_seen }) => <Time at={last_seen} as="ago" />],
];

const resolvedColumn: Column<DeadLetterRow> = [
  'Resolved',
  ({ resolved_at, resolved_by }) => (
    <>
      <Time at={resolved_at || null} as="ago" /> {resolved_by && <span class="muted">by {resolved_by}</span>}
    </>
  ),
];

interface TogetherProps {
  chosen: readonly DeadLetterRow[];
  state: DeadLetterState;
  onDone: () => void;
}

const Together = ({ chosen, state, onDone }: TogetherProps) => {
  const items = chosen.map(({ topic, group, id, replays }) => ({ topic, group, id, replays }));
  return (
    <div class="row">
      <span class="small">{count(chosen.length)} marked</span>
      <ResolveButtons state={state} resolution={{ selection: { items } }} onDone={onDone}>
        <p>{many(chosen.length, 'marked dead letter')}.</p>
      </ResolveButtons>
    </div>
  );
};
