import { type AnswerTo, addressOf } from '../../lib/address.ts';
import { count } from '../../lib/format.ts';
import { param, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Filter } from '../../parts/filter.tsx';
import { Listing } from '../../parts/listing.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { View } from '../../parts/view.tsx';
import { ErasureReport, erasure } from './erasure-report.tsx';
import { UserPanel, usersChanged } from './user-panel.tsx';

const path = '/api/v1/users';
const pageSize = 50;
type User = AnswerTo<'user', typeof path>['items'][number];

/** Who has an account. */
export const UsersView = () => {
  const id = param('id');
  return (
    <View
      title="Users"
      lead="Who has an account, what they do, and the erasure of all that is known about one."
    >
      {erasure.value && <ErasureReport erasure={erasure.value} />}
      <div class={id ? 'split' : undefined}>
        <UserList chosen={id} />
        {id && <UserPanel key={id} id={id} />}
      </div>
    </View>
  );
};

const columns: Column<User>[] = [
  ['Name', ({ id, name }) => <a href={withParams({ id })}>{name}</a>],
  ['E-mail', ({ email }) => email],
  ['In the cart', ({ cart }) => count(cart.reduce((sum, { quantity }) => sum + quantity, 0)), 'extra figure'],
  ['Registered', ({ created_at }) => <Time at={created_at} as="ago" />, 'extra'],
];

const UserList = ({ chosen }: { chosen: string }) => {
  const [email, cursor] = [param('email'), param('cursor')];
  return (
    <Listing
      label="Accounts"
      what="the users"
      empty={email ? 'Nobody has this e-mail.' : 'Nobody has registered yet.'}
      loaded={useLoad(addressOf('user', path, { email, cursor, limit: pageSize }), {
        changed: usersChanged.value,
      })}
      columns={columns}
      keyOf={({ id }) => id}
      isMarked={({ id }) => id === chosen}
    >
      <Filter name="email" label="Exactly this e-mail" />
    </Listing>
  );
};
