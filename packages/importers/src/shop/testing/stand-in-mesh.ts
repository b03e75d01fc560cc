import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { serviceNames } from '@souk/contracts/services.ts';
import type { ServiceUrls } from '../service-urls.ts';
import { standInOrders } from './stand-in-orders.ts';

type Item = Record<string, unknown>;

/** What a request is answered instead of the usual: a status and body, or the connection is cut off. */
export type Disturbance = { status: number; body?: unknown } | 'cut off';

/**
 * Every service in one small HTTP server, as far as the commands use them: users unique by e-mail, products by sku,
 * events by id; rejected are events of the type `refused`. `disturb` decides for each request whether it goes wrong; one
 * that is cut off has been done, as when the answer is lost on its way.
 */
export const standInMesh = async () => {
  const users = new Map<string, Item>();
  const products = new Map<string, Item>();
  const events = new Map<string, Item>();
  const requests: string[] = [];
  const orders = standInOrders();
  const mesh = {
    users,
    products,
    events,
    orders: orders.orders,
    /** "POST /api/v1/users", in the order of arrival. */
    requests,
    /** The text of /metrics. */
    metrics: 'outbox_pending 0\nkafka_consumer_lag{group="g",topic="user-updates",partition="0"} 0\n',
    health: { status: 200, body: { status: 'ok' } as unknown },
    disturb: (_request: string): Disturbance | undefined => undefined,
  };

  const answer = async (request: IncomingMessage, path: string, query: URLSearchParams) => {
    switch (`${request.method} ${path}`) {
      case 'GET /ready':
        return { status: 200 };
      case 'GET /health':
        return mesh.health;
      case 'GET /metrics':
        return { status: 200, body: mesh.metrics };
      case 'GET /api/v1/users':
        return { status: 200, body: { items: [users.get(query.get('email') ?? '')].filter(Boolean) } };
      case 'POST /api/v1/users':
        return register((await json(request)) as Item);
      case 'POST /api/v1/products/batch':
        return upsert(((await json(request)) as { products: Item[] }).products);
      case 'POST /api/v1/events':
        return recordOne((await json(request)) as Item);
      case 'POST /api/v1/events/batch':
        return record(((await json(request)) as { events: Item[] }).events);
      default: {
        const body = request.method === 'GET' ? {} : ((await json(request)) as Item);
        const noRoute = { status: 404, body: { detail: 'there is no such route' } };
        return orders.answer(request.method as string, path, body) ?? noRoute;
      }
    }
  };

  const register = (user: Item) => {
    const email = user.email as string;
    if (users.has(email)) return { status: 409, body: { detail: 'the e-mail is taken' } };
    users.set(email, { ...user, id: `user of ${email}` });
    return { status: 201, body: users.get(email) };
  };
  const upsert = (given: Item[]) => {
    const counts = { created: 0, updated: 0, unchanged: 0 };
    const items: Item[] = [];
    const rejected: Item[] = [];
    for (const [index, product] of given.entries()) {
      const sku = product.sku as string;
      const before = products.get(sku);
      if (!before && (product.name === undefined || product.price === undefined)) {
        rejected.push({ index, code: 'invalid_request', detail: 'name and price are needed' });
        continue;
      }
      const changed = { ...before, ...product };
      const same = before && JSON.stringify(changed) === JSON.stringify(before);
      counts[before ? (same ? 'unchanged' : 'updated') : 'created'] += 1;
      products.set(sku, changed);
      items.push({ index, id: `product ${sku}` });
    }
    return { status: 207, body: { ...counts, items, rejected } };
  };
  const keep = (event: Item): boolean => {
    const id = event.id as string;
    const isNew = !events.has(id);
    events.set(id, event);
    return isNew;
  };
  const recordOne = (event: Item) =>
    event.type === 'refused'
      ? { status: 400, body: { detail: 'refused' } }
      : { status: keep(event) ? 201 : 200, body: event };
  const record = (given: Item[]) => {
    const rejected = given.flatMap(({ type }, index) =>
      type === 'refused' ? [{ index, code: 'invalid_request', detail: 'refused' }] : [],
    );
    const accepted = given.filter(({ type }) => type !== 'refused').filter(keep).length;
    return { status: 207, body: { accepted, repeated: given.length - rejected.length - accepted, rejected } };
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://localhost');
    const name = `${request.method} ${pathname}`;
    requests.push(name);
    const disturbance = mesh.disturb(name);
    const usual =
      disturbance === undefined || disturbance === 'cut off'
        ? await answer(request, pathname, searchParams)
        : disturbance;
    if (disturbance === 'cut off') return void request.socket.destroy();
    const body: unknown = 'body' in usual ? usual.body : undefined;
    response.writeHead(usual.status).end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = Object.fromEntries(serviceNames.map((name) => [name, url])) as ServiceUrls;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return Object.assign(mesh, { url, urls, close });
};
