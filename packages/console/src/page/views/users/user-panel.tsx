import { useState } from 'preact/hooks';
import { dataOf, isApiError, souk } from '../../lib/api.ts';
import type { Draft } from '../../lib/edit.ts';
import { count, money } from '../../lib/format.ts';
import { setParams, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { EditForm } from '../../parts/edit-form.tsx';
import { Id } from '../../parts/id.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { eraseUser } from './erasure-report.tsx';

const path = '/api/v1/users/{id}';
const fields = [
  { name: 'first_name', label: 'First name' },
  { name: 'last_name', label: 'Last name' },
] as const;

/** One user: the account, what it did, and its erasure. */
export const UserPanel = ({ id }: { id: string }) => {
  const [isErasing, setErasing] = useState(false);
  const [saved, setSaved] = useState(0);
  const get = (signal?: AbortSignal) =>
    dataOf(souk.user.GET(path, { params: { path: { id } }, ...(signal && { signal }) }));
  const loaded = useLoad(get, `user ${id} ${saved}`);
  const save = (changes: Draft, version: number) =>
    souk.user.PUT(path, {
      params: { path: { id }, header: { 'if-match': `"${version}"` } },
      body: changes,
    });
  const erase = async () => {
    await eraseUser(id);
    setParams({ id: '' });
  };
  if (isApiError(loaded.error) && loaded.error.status === 404)
    return (
      <Panel title="User" actions={<a href={withParams({ id: '' })}>Close</a>}>
        <p class="empty">There is no such user: never was, or was erased.</p>
      </Panel>
    );
  return (
    <Panel title="User" actions={<a href={withParams({ id: '' })}>Close</a>}>
      <LoadedPart loaded={loaded} what="the user">
        {(user) => (
          <>
            <p class="detail-title">{user.name}</p>
            <p class="small">{user.email}</p>
            <p class="muted small">
              <Id id={user.id} /> · registered <Time at={user.created_at} />
            </p>
            <Doings id={id} />
            {hasRole('admin') && (
              <EditForm
                key={user.version}
                entity={user}
                fields={fields}
                save={save}
                newest={() => get()}
                onSaved={() => setSaved(saved + 1)}
              />
            )}
            <p class="links">
              <a href={`/recommendations?user=${id}`}>Recommendations</a>
              <a href={`/orders?customer=${id}`}>Orders</a>
              <a href={`/events?user=${id}`}>Events</a>
              {hasRole('admin') && (
                <button type="button" class="danger" onClick={() => setErasing(true)}>
                  Erase…
                </button>
              )}
            </p>
            {isErasing && (
              <Confirm
                title={`Erase ${user.name}?`}
                action="Erase everything"
                isDangerous
                onConfirm={erase}
                onClose={() => setErasing(false)}
              >
                <p>
                  The account, its activity and its history in recommendation and analytics are deleted; names
                  and addresses are taken out of its orders. A report shows what was erased where. This cannot
                  be taken back.
                </p>
              </Confirm>
            )}
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};

/** What analytics knows of a user. */
const Doings = ({ id }: { id: string }) => {
  const loaded = useLoad(
    (signal) =>
      dataOf(souk.analytics.GET('/api/v1/analytics/users/{id}', { params: { path: { id } }, signal })),
    `doings ${id}`,
    { everyMs: 5_000 },
  );
  return (
    <LoadedPart loaded={loaded} what="what the user did">
      {({ events, events_total, last_seen, revenue, currency, favourite_products }) => (
        <>
          <h3>What they did</h3>
          <p class="small">
            {events_total === 0
              ? 'Nothing yet.'
              : Object.entries(events)
                  .map(([type, times]) => `${count(times)} × ${type.replaceAll('_', ' ')}`)
                  .join(', ')}
            {revenue !== 0 && `, ${money(revenue, currency)} net`}
          </p>
          {last_seen && (
            <p class="muted small">
              Last seen <Time at={last_seen} as="ago" />
            </p>
          )}
          {favourite_products.length > 0 && (
            <ul class="small plain">
              {favourite_products.slice(0, 5).map(({ product_id, name, interactions }) => (
                <li key={product_id}>
                  <a href={`/catalogue?id=${product_id}`}>{name ?? product_id}</a>{' '}
                  <span class="muted">{count(interactions)} times</span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </LoadedPart>
  );
};
