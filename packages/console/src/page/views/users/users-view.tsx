import { dataOf, souk } from '../../lib/api.ts';
import { count } from '../../lib/format.ts';
import { param, withParams } from '../../lib/router.ts';
import { useLoad } from '../../lib/use-load.ts';
import { Filter } from '../../parts/filter.tsx';
import { Pages } from '../../parts/pages.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { LoadedPart, Panel, View } from '../../parts/view.tsx';
import { ErasureReport, erasure } from './erasure-report.tsx';
import { UserPanel } from './user-panel.tsx';

const pageSize = 50;

export interface User {
  id: string;
  email: string;
  name: string;
  first_name: string;
  last_name: string;
  cart: { product_id: string; quantity: number }[];
  version: number;
  created_at: string;
  updated_at: string;
}

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

const UserList = ({ chosen }: { chosen: string }) => {
  const [email, cursor] = [param('email'), param('cursor')];
  const query = { limit: pageSize, ...(email && { email }), ...(cursor && { cursor }) };
  const loaded = useLoad(
    (signal) => dataOf(souk.user.GET('/api/v1/users', { params: { query }, signal })),
    `users ${JSON.stringify(query)} ${erasure.value?.userId}`,
  );
  const columns: Column<User>[] = [
    { title: 'Name', cell: ({ id, name }) => <a href={withParams({ id })}>{name}</a> },
    { title: 'E-mail', cell: (row) => row.email },
    {
      title: 'In the cart',
      isFigure: true,
      isExtra: true,
      cell: ({ cart }) => count(cart.reduce((sum, { quantity }) => sum + quantity, 0)),
    },
    { title: 'Registered', isExtra: true, cell: ({ created_at }) => <Time at={created_at} as="ago" /> },
  ];
  const total = loaded.data && `${loaded.data.total_is_exact ? '' : 'more than '}${count(loaded.data.total)}`;
  return (
    <Panel title="Accounts" note={total}>
      <div class="row">
        <Filter name="email" label="Exactly this e-mail" />
      </div>
      <LoadedPart
        loaded={loaded}
        what="the users"
        isEmpty={({ items }) => items.length === 0}
        empty={email ? 'Nobody has this e-mail.' : 'Nobody has registered yet.'}
      >
        {({ items, next_cursor }) => (
          <>
            <Table
              label="Accounts"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
              isMarked={({ id }) => id === chosen}
            />
            <Pages cursor={cursor} next={next_cursor} />
          </>
        )}
      </LoadedPart>
    </Panel>
  );
};
