import { withQuery } from '../../lib/address.ts';
import { param, setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Choice } from '../../parts/choice.tsx';
import { Filter } from '../../parts/filter.tsx';
import { Select } from '../../parts/select.tsx';
import { Empty, Panel, View } from '../../parts/view.tsx';
import { EventPanel } from './event-panel.tsx';
import { EventSearch } from './event-search.tsx';
import { EventTail } from './event-tail.tsx';

/** Messages of Kafka: found, followed as they come, and the whole life of one. */
export const EventsView = () => {
  const open = param('at');
  const mode = param('mode') === 'live' ? 'live' : 'search';
  // Links of other views name what they are about.
  const id = param('id');
  const q = param('q') || id || param('user') || param('product') || param('order');
  const by = param('by') || 'mention';
  return (
    <View
      title="Events"
      lead="Every message in Kafka: follow one from the request that wrote it to everybody who has applied it."
      actions={
        <Choice
          label="What is shown"
          options={[
            ['search', 'Search'],
            ['live', 'Live'],
          ]}
          value={mode}
          onChange={(value) => setParams({ mode: value === 'live' ? value : '' })}
        />
      }
    >
      <div class={open ? 'split wide-detail' : undefined}>
        <Panel title={mode === 'live' ? 'As they come' : 'Search'}>
          <div class="row">
            <Filter name="q" label={mode === 'live' ? 'Text' : 'An id, a key, or any text'} />
            <TopicChoice />
            {mode === 'live' ? (
              <>
                <Filter name="type" label="Type of event" />
                <Filter name="key" label="Key" />
              </>
            ) : (
              <Choice
                label="Where it is looked for"
                options={[
                  ['mention', 'Anywhere'],
                  ['key', 'As key'],
                  ['id', 'As id of the event'],
                ]}
                value={by}
                onChange={(value) => setParams({ by: value === 'mention' ? '' : value })}
              />
            )}
          </div>
          {mode === 'live' ? <EventTail address={tailAddress()} /> : <Results q={q} by={by} />}
        </Panel>
        {open && <EventPanel key={open} place={open} />}
      </div>
    </View>
  );
};

const Results = ({ q, by }: { q: string; by: string }) =>
  q ? (
    <EventSearch key={`${by} ${param('topic')} ${q}`} q={q} by={by} topic={param('topic')} />
  ) : (
    <Empty>Give the id of an event, a user, a product or an order, or a word out of a message.</Empty>
  );

const TopicChoice = () => {
  const { data } = useLoad<{ items: string[] }>('/api/topics');
  return (
    <Select
      label="Topic"
      options={[['', 'All topics'], ...(data?.items ?? []).map((name) => [name, name] as const)]}
      value={param('topic')}
      onChange={(topic) => setParams({ topic })}
    />
  );
};

const tailAddress = (): string => {
  const [topic, type, key, q] = [param('topic'), param('type'), param('key'), param('q')];
  return withQuery('/api/events/tail', { topic, type, key, q });
};
