/** The baseline of the HTTP rows: routes as short as one can write them, with the client libraries of the services. */
import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import postgres from 'postgres';

interface BareUser {
  email: string;
  name: string;
}

interface BareEvent {
  user_id: string;
  type: string;
  product_id: string;
  quantity: number;
  unit_price: number;
  data: Record<string, unknown>;
}

const { DATABASE_URL = '', PORT } = process.env;
/** As many as a service opens for its writes. */
const sql = postgres(DATABASE_URL, { max: 5, onnotice: () => undefined });
/** As the service has them, with their constraints and indexes, where it has them: a row costs Postgres the same. */
const [{ there }] = await sql<
  [{ there: boolean }]
>`select to_regclass('user_service.users') is not null as there`;
if (there) {
  await sql`create table if not exists bare_users (like user_service.users including all)`;
  await sql`
    create table if not exists bare_events (
      like user_service.events including all, foreign key (user_id) references bare_users (id) on delete cascade)`;
}

const [orders] = await sql`select to_regclass('product_service.orders') is not null as there`;
if (orders?.there) {
  for (const name of ['orders', 'order_items'])
    await sql`create table if not exists ${sql(`bare_${name}`)} (like ${sql(`product_service.${name}`)} including all)`;
}

const app = fastify({ bodyLimit: 8 * 1_048_576 });
let bytes = Buffer.alloc(0);

app.get('/', async () => 'ready');

app.put<{ Body: unknown }>('/bytes', async ({ body }) => {
  bytes = Buffer.from(JSON.stringify(body));
  return {};
});

app.get('/bytes', async (_, reply) => reply.type('application/json; charset=utf-8').send(bytes));

app.post<{ Body: BareUser }>('/users', async ({ body: { email, name } }, reply) => {
  const now = new Date();
  const id = randomUUID();
  await sql`
    insert into bare_users (id, email, name, first_name, last_name, cart, version, created_at, updated_at)
    values (${id}, ${email}, ${name}, ${name}, '', '[]', 1, ${now}, ${now})`;
  return reply.code(201).send({ id, email, name, cart: [], version: 1, created_at: now, updated_at: now });
});

app.get<{ Params: { id: string } }>('/users/:id', async ({ params }) => {
  const [user] = await sql`
    select id, email, name, cart, version, created_at, updated_at from bare_users where id = ${params.id}`;
  return user;
});

app.post<{ Body: { events: BareEvent[] } }>('/events', async ({ body }, reply) => {
  const now = new Date();
  const rows = body.events.map(({ unit_price, data, ...event }) => ({
    ...event,
    id: randomUUID(),
    unit_price_minor: Math.round(100 * unit_price),
    occurred_at: now,
    recorded_at: now,
    data: JSON.stringify(data),
  }));
  await sql`insert into bare_events ${sql(rows)}`;
  return reply.code(207).send({ accepted: rows.length, repeated: 0, rejected: [] });
});

app.post<{ Body: { items: { product_id: string; quantity: number }[] } }>(
  '/orders',
  async ({ body }, reply) => {
    const [uid, now] = [randomUUID(), new Date()];
    await sql.begin(async (tx) => {
      const ids = body.items.map(({ product_id }) => product_id);
      const products = await tx`
      select id, sku, price_minor from product_service.products where id = any(${ids}) order by id for update`;
      await tx`update product_service.products set stock = stock - 1 where id = any(${ids})`;
      await tx`
      insert into bare_orders (order_uid, customer_id, track_number, status, version, backordered, amount, currency,
        item_count, date_created, placed_at, received_at, updated_at, digest, document)
      values (${uid}, ${uid}, ${uid}, 'created', 1, false, 3, 'USD', 2, ${now}, ${now}, ${now}, ${now}, '',
        ${JSON.stringify({ uid, products })})`;
      const lines = products.map(({ id, price_minor }, index) => ({
        ...{
          order_uid: uid,
          line: index + 1,
          product_id: id,
          sku: id,
          quantity: 1,
          unit_price_minor: price_minor,
        },
        ...{ stock_taken: 1, backordered_quantity: 0 },
      }));
      await tx`insert into bare_order_items ${tx(lines)}`;
    });
    return reply.code(201).send({ order_uid: uid });
  },
);

await app.listen({ host: '127.0.0.1', port: Number(PORT) });
