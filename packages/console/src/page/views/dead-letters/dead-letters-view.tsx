import { type Address, withQuery } from '../../lib/address.ts';
import { count } from '../../lib/format.ts';
import { param, setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Choice } from '../../parts/choice.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { DeadLetterPanel } from './dead-letter-panel.tsx';
import { DeadLetterReasons } from './dead-letter-reasons.tsx';
import { DeadLetterTable } from './dead-letter-table.tsx';
import { type DeadLetterList, type DeadLetterState, deadLettersChanged, lastAction } from './dead-letters.ts';

const everyMs = 3_000;

/** What consumers refused, and what can be done about it. */
export const DeadLettersView = () => {
  const open = param('open');
  const state = param('state', 'pending') as DeadLetterState;
  const [topic, group, reason] = [param('topic'), param('group'), param('reason')];
  const address: Address<DeadLetterList> = withQuery('/api/dead-letters', {
    ...{ topic, group, reason, state },
    limit: 500,
  });
  const loaded = useLoad(address, { everyMs, changed: deadLettersChanged.value });
  return (
    <View
      title="Dead letters"
      lead="What a consumer could not apply. Nothing is lost: correct it and send it again, and it counts once."
    >
      <div role="status">{lastAction.value && <p class="notice">{lastAction.value}</p>}</div>
      <LoadedPart loaded={loaded} what="the dead letters">
        {(list) => (
          <>
            <LeftOut leftOut={list.left_out} />
            <DeadLetterReasons groups={list.groups} />
            <div class={open ? 'split' : undefined}>
              <Panel title="One by one" note="newest first">
                <div class="row">
                  <Choice
                    label="State"
                    options={[
                      ['pending', `Pending ${count(list.states.pending)}`],
                      ['replayed', `Sent again ${count(list.states.replayed)}`],
                      ['discarded', `Discarded ${count(list.states.discarded)}`],
                    ]}
                    value={state}
                    onChange={(value) => setParams({ state: value === 'pending' ? '' : value })}
                  />
                  <ChosenReason />
                </div>
                <DeadLetterTable list={list} state={state} open={open} />
              </Panel>
              {open && <DeadLetterPanel key={open} name={open} />}
            </div>
          </>
        )}
      </LoadedPart>
    </View>
  );
};

/** There are too many to know them all here. */
const LeftOut = ({ leftOut }: { leftOut: DeadLetterList['left_out'] }) =>
  leftOut.length === 0 ? null : (
    <p class="warn">
      Too many to list and count them all: the newest pending ones are here. Left out are{' '}
      {leftOut.map(({ topic, group, count: many }) => `${count(many)} of ${topic} → ${group}`).join(', ')}.{' '}
      <code>souk dlq list</code> has them all.
    </p>
  );

/** What the list is narrowed to. */
const ChosenReason = () => {
  const words = [
    param('reason'),
    param('topic') && `of ${param('topic')}`,
    param('group') && `at ${param('group')}`,
  ];
  if (words.every((word) => !word)) return null;
  return (
    <span class="small">
      {words.filter(Boolean).join(' ')}{' '}
      <button type="button" class="link" onClick={() => setParams({ reason: '', topic: '', group: '' })}>
        show all
      </button>
    </span>
  );
};
