import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Confirm } from '../../parts/dialog.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { type DeadLetterState, type Resolution, resolve } from './dead-letters.ts';

type What = 'replay' | 'discard' | 'restore';

const words: Record<What, { action: string; text: string }> = {
  replay: {
    action: 'Send again',
    text: 'Each is applied once, whoever else sends it. What is refused again comes back here. What was sent cannot be taken back.',
  },
  discard: {
    action: 'Discard',
    text: 'They are not applied. Their messages stay in Kafka: discarding can be undone here.',
  },
  restore: { action: 'Make pending again', text: 'They wait for a decision again.' },
};

const possible: Record<DeadLetterState, readonly What[]> = {
  pending: ['discard', 'replay'],
  replayed: [],
  discarded: ['restore'],
};

interface ResolveButtonsProps {
  state: DeadLetterState;
  resolution: Resolution;
  /** Which they are, in words. */
  children: ComponentChildren;
  /** On the button of what was corrected. */
  replayText?: string | undefined;
  isReplayDisabled?: boolean;
  onDone?: () => void;
}

/** What an admin can do with dead letters of this state; each asks first. */
export const ResolveButtons = (props: ResolveButtonsProps) => {
  const { state, resolution, children, replayText = 'Send again…', isReplayDisabled, onDone } = props;
  const [asked, setAsked] = useState<What>();
  if (!hasRole('admin')) return null;
  return (
    <span class="actions">
      {possible[state].map((what) => (
        <button
          key={what}
          type="button"
          class={what === 'discard' ? 'danger' : 'primary'}
          disabled={what === 'replay' && isReplayDisabled}
          onClick={() => setAsked(what)}
        >
          {what === 'replay' ? replayText : `${words[what].action}…`}
        </button>
      ))}
      {asked && (
        <Confirm
          title={`${words[asked].action}?`}
          action={words[asked].action}
          isDangerous={asked === 'discard'}
          onConfirm={async () => {
            await resolve(asked, asked === 'replay' ? resolution : { selection: resolution.selection });
            onDone?.();
          }}
          onClose={() => setAsked(undefined)}
        >
          {children}
          <p>{words[asked].text}</p>
        </Confirm>
      )}
    </span>
  );
};
