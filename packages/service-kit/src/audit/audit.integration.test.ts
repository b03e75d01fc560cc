import { randomUUID } from 'node:crypto';
import { Type } from '@souk/contracts/typebox.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forbidden } from '../access/access-problems.ts';
import { openKeyFile } from '../access/key-file.ts';
import { createTokenVerifier } from '../access/token-verifier.ts';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import { createMetrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import { createHealth } from '../service/health.ts';
import { type Ledger, silent, testLedger } from '../testing/ledger.ts';
import { claimsOf, signToken, type TestKeys, testKeys } from '../testing/test-keys.ts';
import { auditRoutes } from './audit-routes.ts';
import { auditRows, maintainAudit } from './audit-rows.ts';

let ledger: Ledger;
let keys: TestKeys;
let http: Http;

const Params = Type.Object({ id: Type.String() });
const access = {
  roles: ['admin'] as const,
  own: {
    by: 'params.id',
    notFound: () => problem(404, 'account_not_found', 'there is no such account'),
  } as const,
};

beforeAll(async () => {
  [ledger, keys] = await Promise.all([testLedger(), testKeys()]);
  const health = createHealth('ledger', '0.0.0');
  health.started();
  http = await buildHttp({
    ...{ name: 'ledger', version: '0.0.0', description: '', log: silent, bodyLimitBytes: 10_000 },
    ...{ metrics: createMetrics('ledger'), health, trustProxy: '127.0.0.1', validateResponses: true },
    access: {
      mode: 'required',
      verifier: createTokenVerifier(openKeyFile(keys.file, silent), { issuer: 'souk', audience: 'souk' }),
    },
  });
  auditRoutes(http, ledger.db);
  const schema = { tags: ['accounts'], summary: 'x', params: Params };
  http.put(
    '/accounts/:id',
    { config: { access }, schema: { ...schema, operationId: 'openAccount' } },
    async ({ params }) => {
      await ledger.db.save(
        'open',
        (sql) => sql`
      with changed as (insert into accounts (id, version) values (${params.id}, 1) returning id),
      audited as (${auditRows(sql, sql`select id::text from changed`)})
      select id from changed`,
      );
      if (params.id.startsWith('f')) throw forbidden('not this one');
      return {};
    },
  );
  http.get(
    '/accounts/:id',
    { config: { access }, schema: { ...schema, operationId: 'readAccount' } },
    async () => ({}),
  );
});
afterAll(async () => {
  await http?.close();
  await ledger?.close();
  keys?.remove();
});
beforeEach(async () => {
  await ledger.db.sql`truncate audit, accounts`;
});

const send = async (
  method: 'GET' | 'PUT',
  url: string,
  claims: object | undefined,
  headers: Record<string, string> = {},
) => {
  const token = claims && (await signToken(keys.key, claimsOf({ ...claims })));
  return http.inject({
    ...{ method, url },
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
  });
};
const admin = { sub: 'admin-1', roles: ['admin'] };
const rows = () =>
  ledger.db.sql`select subject, action, object, outcome, network from audit order by created_at, id`;
const accountId = (first: string) => `${first}${randomUUID().slice(1)}`;
const list = async (query = '', headers = {}) => send('GET', `/api/v1/audit${query}`, admin, headers);

test('a change and its row are one statement: who, what, to what, and from which network', async () => {
  const [first, second] = [accountId('a'), accountId('b')];
  const forwarded = { 'x-forwarded-for': '203.0.113.77' };
  expect((await send('PUT', `/accounts/${first}`, admin, forwarded)).statusCode).toBe(200);
  expect((await send('PUT', `/accounts/${first}`, admin, forwarded)).statusCode).toBe(500);
  const own = { sub: second, roles: ['customer'] };
  await send('PUT', `/accounts/${second}`, own, { 'x-forwarded-for': '2001:db8:1:2:3:4:5:6' });
  expect(await rows()).toEqual([
    {
      subject: 'admin-1',
      action: 'openAccount',
      object: first,
      outcome: 'allowed',
      network: '203.0.113.0/24',
    },
    {
      subject: second,
      action: 'openAccount',
      object: second,
      outcome: 'allowed',
      network: '2001:db8:1::/48',
    },
  ]);
});

test('who is refused what would change something is written down, and nobody else', async () => {
  const [foreign, other] = [accountId('a'), accountId('b')];
  const customer = { sub: randomUUID(), roles: ['customer'] };
  const statuses = [
    await send('PUT', `/accounts/${foreign}`, customer),
    await send('PUT', `/accounts/${other}`, { sub: 'analyst-1', roles: ['analyst'] }),
    await send('PUT', `/accounts/${other}`, undefined),
    await send('GET', `/accounts/${other}`, customer),
    await send('GET', `/accounts/${other}`, { sub: 'analyst-1', roles: ['analyst'] }),
  ].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual([404, 403, 401, 404, 403]);
  const late = accountId('f');
  expect((await send('PUT', `/accounts/${late}`, admin)).statusCode).toBe(403);
  await eventually(async () =>
    expect((await rows()).filter(({ outcome }) => outcome === 'refused')).toHaveLength(3),
  );
  const refused = (await rows()).filter(({ outcome }) => outcome === 'refused');
  expect(refused.map(({ subject, object }) => [subject, object])).toEqual(
    expect.arrayContaining([
      [customer.sub, foreign],
      ['analyst-1', other],
      ['admin-1', late],
    ]),
  );
});

test('the list is filtered, gone through by cursor, each row once, and exported as CSV', async () => {
  const ids = Array.from({ length: 5 }, () => accountId('a'));
  for (const id of ids) await send('PUT', `/accounts/${id}`, admin);
  await send('PUT', `/accounts/${ids[0]}`, { sub: 'analyst-1', roles: ['analyst'] });
  await eventually(async () => expect(await rows()).toHaveLength(6));
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await list(`?outcome=allowed&limit=2${cursor && `&cursor=${cursor}`}`)).json();
    seen.push(...page.items.map(({ object }: { object: string }) => object));
    cursor = page.next_cursor as string | null;
  }
  expect(seen).toEqual(ids.toReversed());
  const found = async (query: string) => (await list(query)).json().items.length;
  expect(await found(`?object=${ids[0]}`)).toBe(2);
  expect(await found('?subject=analyst-1&action=openAccount')).toBe(1);
  expect(await found('?action=readAccount')).toBe(0);
  expect(await found('?from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z')).toBe(0);
  const csv = await list('?limit=1', { accept: 'text/csv' });
  expect(csv.body.split('\r\n')[0]).toBe('id,at,subject,action,object,outcome,network');
  expect((await list(`?cursor=${csv.headers['x-next-cursor']}`)).json().items).toHaveLength(5);
  expect((await list('?from=9999-12-31T23:59:60Z&to=1960-01-01T00:00:00Z')).json()).toMatchObject({
    errors: [{ field: 'from' }, { field: 'to' }],
  });
  expect((await send('GET', '/api/v1/audit', { sub: 'x', roles: ['staff', 'analyst'] })).statusCode).toBe(
    403,
  );
});

test('days are partitions, and go when the audit need not be kept any longer', async () => {
  const sql = ledger.db.sql;
  await send('PUT', `/accounts/${accountId('a')}`, admin);
  const now = new Date();
  await maintainAudit(sql, { now, retentionDays: 90 });
  const later = new Date(now.getTime() + 89 * 86_400_000);
  await maintainAudit(sql, { now: later, retentionDays: 90 });
  expect(await rows()).toHaveLength(1);
  await maintainAudit(sql, { now: new Date(now.getTime() + 92 * 86_400_000), retentionDays: 90 });
  expect(await rows()).toHaveLength(0);
});
