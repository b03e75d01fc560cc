import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { addressOf } from '../../lib/address.ts';
import { api, ifMatch, souk } from '../../lib/api.ts';
import type { Draft } from '../../lib/edit.ts';
import { count, many, money } from '../../lib/format.ts';
import { setParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Detail } from '../../parts/detail.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { EditForm } from '../../parts/edit-form.tsx';
import { Id } from '../../parts/id.tsx';
import { Time } from '../../parts/time.tsx';
import { Load } from '../../parts/view.tsx';
import { hasRole } from '../../shell/viewer.ts';
import { eraseUser } from './erasure-report.tsx';

/** One more with every change that this page makes: the list looks again. */
export const usersChanged = signal(0);

const path = '/api/v1/users/{id}';
const fields = [
  { name: 'first_name', label: 'First name' },
  { name: 'last_name', label: 'Last name' },
] as const;

/** One user: the account, what it did, and its erasure. */
export const UserPanel = ({ id }: { id: string }) => {
  const [isErasing, setErasing] = useState(false);
  const address = addressOf('user', path, { id });
  const loaded = useLoad(address);
  const save = (changes: Draft, version: number) =>
    souk.user.PUT(path, {
      params: { path: { id }, header: ifMatch(version) },
      body: changes,
    });
  const erase = async () => {
    await eraseUser(id);
    usersChanged.value += 1;
    setParams({ id: '' });
  };
  return (
    <Detail
      title="User"
      opener="id"
      loaded={loaded}
      what="the user"
      gone="There is no such user: never was, or was erased."
    >
      {(user) => (
        <>
          <p class="detail-title">{user.name}</p>
          <p class="small">{user.email}</p>
          <p class="muted small">
            <Id id={user.id} /> · registered <Time at={user.created_at} />
          </p>
          {hasRole('staff') && <Doings id={id} />}
          {hasRole('admin') && (
            <EditForm
              key={user.version}
              entity={user}
              fields={fields}
              save={save}
              newest={() => api(address)}
              onSaved={() => {
                usersChanged.value += 1;
                loaded.reload();
              }}
            />
          )}
          <p class="actions">
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
    </Detail>
  );
};

/** What analytics knows of a user. */
const Doings = ({ id }: { id: string }) => (
  <Load
    from={addressOf('analytics', '/api/v1/analytics/users/{id}', { id })}
    everyMs={5_000}
    what="what the user did"
  >
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
          <ul class="small">
            {favourite_products.slice(0, 5).map(({ product_id, name, interactions }) => (
              <li key={product_id}>
                <a href={`/catalogue?id=${product_id}`}>{name ?? product_id}</a>{' '}
                <span class="muted">{many(interactions, 'time')}</span>
              </li>
            ))}
          </ul>
        )}
      </>
    )}
  </Load>
);
