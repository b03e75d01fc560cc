import { useState } from 'preact/hooks';
import { count, many } from '../../lib/format.ts';
import { withParams } from '../../lib/router.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Empty, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { type DeadLetterList, resolve } from './dead-letters.ts';
import { Reason } from './reason.tsx';

interface ReasonRow {
  topic: string;
  group: string;
  reason: string;
  waiting: number;
  last_seen: string;
}

interface Asked extends ReasonRow {
  what: 'replay' | 'discard';
}

/** The pending dead letters by topic, group and reason, and what can be done with all of one reason. */
export const DeadLetterReasons = ({ groups }: { groups: DeadLetterList['groups'] }) => {
  const [asked, setAsked] = useState<Asked>();
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
            {
              title: 'Reason',
              cell: ({ topic, group, reason }) => (
                <a href={withParams({ topic, group, reason, state: '', open: '' })}>
                  <Reason code={reason} />
                </a>
              ),
            },
            { title: 'Code', isExtra: true, cell: ({ reason }) => <span class="muted">{reason}</span> },
            { title: 'Where', cell: ({ topic, group }) => `${topic} → ${group}` },
            { title: 'Pending', isFigure: true, cell: ({ waiting }) => count(waiting) },
            { title: 'Newest', isExtra: true, cell: ({ last_seen }) => <Time at={last_seen} as="ago" /> },
            ...(hasRole()
              ? [
                  {
                    title: 'All of them',
                    cell: (row: ReasonRow) => (
                      <span class="actions">
                        <button type="button" onClick={() => setAsked({ ...row, what: 'replay' })}>
                          Send again
                        </button>
                        <button
                          type="button"
                          class="danger"
                          onClick={() => setAsked({ ...row, what: 'discard' })}
                        >
                          Discard
                        </button>
                      </span>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {asked && <AskAll asked={asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
};

const AskAll = ({ asked, onClose }: { asked: Asked; onClose: () => void }) => {
  const { topic, group, reason, waiting, what } = asked;
  const isReplay = what === 'replay';
  return (
    <Confirm
      title={isReplay ? 'Send all of this reason again' : 'Discard all of this reason'}
      action={isReplay ? 'Send again' : 'Discard'}
      isDangerous={!isReplay}
      onConfirm={() => resolve(what, { selection: { filter: { topic, group, reason } } })}
      onClose={onClose}
    >
      <p>
        {many(waiting, 'dead letter')} of {topic}, refused by {group} for <code>{reason}</code>.
      </p>
      <p>
        {isReplay
          ? 'Each is applied once, whatever is sent twice. What is refused again comes back here.'
          : 'They are not applied. Their messages stay in Kafka: discarding can be undone here.'}
      </p>
    </Confirm>
  );
};
