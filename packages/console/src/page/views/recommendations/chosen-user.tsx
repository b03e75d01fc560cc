import { addressOf } from '../../lib/address.ts';
import { setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Select } from '../../parts/select.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { useNames } from './names.ts';

const historyMax = 12;

/** For whom it is asked: one of the newest, or whom the address names, with what they did last. */
export const ChosenUser = ({ id }: { id: string }) => (
  <Panel
    title="User"
    actions={
      id !== '' && (
        <button type="button" onClick={() => setParams({ user: '' })}>
          Nobody
        </button>
      )
    }
  >
    <UserPicker chosen={id} />
    {id !== '' && <History key={id} id={id} />}
  </Panel>
);

const UserPicker = ({ chosen }: { chosen: string }) => {
  const { data } = useLoad(addressOf('user', '/api/v1/users', { limit: 100 }));
  const users = (data?.items ?? []).map(({ id, name, email }) => [id, `${name} (${email})`] as const);
  const isListed = chosen === '' || users.some(([id]) => id === chosen);
  return (
    <Select
      label="One of the newest"
      options={[['', 'Nobody'], ...(isListed ? [] : [[chosen, chosen] as const]), ...users]}
      value={chosen}
      onChange={(user) => setParams({ user })}
    />
  );
};

const History = ({ id }: { id: string }) => {
  const loaded = useLoad(addressOf('user', '/api/v1/events', { user_id: id, limit: historyMax }), {
    everyMs: 5_000,
  });
  const ids = loaded.data?.items.flatMap(({ product_id }) => product_id ?? []) ?? [];
  const names = useNames([...new Set(ids)]);
  return (
    <LoadedPart
      loaded={loaded}
      what="the history"
      gone="There is no such user."
      isEmpty={({ items }) => items.length === 0}
      empty="They have done nothing yet: personal answers begin with what is trending."
    >
      {({ items }) => (
        <ul class="small history" aria-label="What they did last">
          {items.map(({ id: eventId, type, product_id, occurred_at }) => (
            <li key={eventId}>
              <span class="tag">{type.replaceAll('_', ' ')}</span>{' '}
              {product_id && (
                <a href={`/catalogue?id=${product_id}`}>{names.get(product_id) ?? product_id}</a>
              )}{' '}
              <span class="muted">
                <Time at={occurred_at} as="ago" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </LoadedPart>
  );
};
