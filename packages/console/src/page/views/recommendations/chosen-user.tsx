import { dataOf, isApiError, souk } from '../../lib/api.ts';
import { setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { useNames } from './names.ts';

const historyMax = 12;

/** For whom it is asked: found by e-mail or id, with what they did last. */
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
  const loaded = useLoad(
    (signal) => dataOf(souk.user.GET('/api/v1/users', { params: { query: { limit: 100 } }, signal })),
    'users to pick',
  );
  const users = loaded.data?.items ?? [];
  const isListed = users.some(({ id }) => id === chosen);
  return (
    <label>
      One of the newest
      <select value={chosen} onChange={(event) => setParams({ user: event.currentTarget.value })}>
        <option value="">Nobody</option>
        {chosen !== '' && !isListed && <option value={chosen}>{chosen}</option>}
        {users.map(({ id, name, email }) => (
          <option key={id} value={id}>
            {name} ({email})
          </option>
        ))}
      </select>
    </label>
  );
};

const History = ({ id }: { id: string }) => {
  const query = { user_id: id, limit: historyMax };
  const loaded = useLoad(
    (signal) => dataOf(souk.user.GET('/api/v1/events', { params: { query }, signal })),
    `history ${id}`,
    { everyMs: 5_000 },
  );
  const ids = loaded.data?.items.flatMap(({ product_id }) => product_id ?? []) ?? [];
  const names = useNames([...new Set(ids)]);
  if (isApiError(loaded.error) && loaded.error.status === 404)
    return <p class="empty">There is no such user.</p>;
  return (
    <LoadedPart
      loaded={loaded}
      what="the history"
      isEmpty={({ items }) => items.length === 0}
      empty="They have done nothing yet: personal answers begin with what is trending."
    >
      {({ items }) => (
        <ul class="plain small history" aria-label="What they did last">
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
