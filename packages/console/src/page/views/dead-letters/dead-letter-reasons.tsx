import { count, many } from '../../lib/format.ts';
import { withParams } from '../../lib/router.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import type { DeadLetterList } from './dead-letters.ts';
import { Reason } from './reason.tsx';
import { ResolveButtons } from './resolve-buttons.tsx';

interface ReasonRow {
  topic: string;
  group: string;
  reason: string;
  waiting: number;
  last_seen: string;
}

/** The pending dead letters by topic, group and reason, and what can be done with all of one reason. */
export const DeadLetterReasons = ({ groups }: { groups: DeadLetterList['groups'] }) => {
  const reasons: ReasonRow[] = groups.flatMap(({ topic, group, last_seen, reasons: counted }) =>
    Object.entries(counted).map(([reason, waiting]) => ({ topic, group, reason, waiting, last_seen })),
  );
  return (
    <Panel title="By reason" note="pending now">
      {reasons.length === 0 ? (
        <Empty>No pending dead letters: every consumer has applied all that it read.</Empty>
      ) : (
        <Table
          label="Pending dead letters by reason"
          rows={reasons}
          keyOf={({ topic, group, reason }) => `${topic} ${group} ${reason}`}
          columns={[
            [
              'Reason',
              ({ topic, group, reason }) => (
                <a href={withParams({ topic, group, reason, state: '', open: '' })}>
                  <Reason code={reason} />
                </a>
              ),
            ],
            ['Code', ({ reason }) => <span class="muted">{reason}</span>, 'extra'],
            ['Where', ({ topic, group }) => `${topic} → ${group}`],
            ['Pending', ({ waiting }) => count(waiting), 'figure'],
            ['Newest', ({ last_seen }) => <Time at={last_seen} as="ago" />, 'extra'],
            ...(hasRole() ? [['All of them', (row: ReasonRow) => <ResolveAll {...row} />] as const] : []),
          ]}
        />
      )}
    </Panel>
  );
};

const ResolveAll = ({ topic, group, reason, waiting }: ReasonRow) => (
  <ResolveButtons state="pending" resolution={{ selection: { filter: { topic, group, reason } } }}>
    <p>
      All {many(waiting, 'dead letter')} of {topic}, refused by {group} for <code>{reason}</code>.
    </p>
  </ResolveButtons>
);
