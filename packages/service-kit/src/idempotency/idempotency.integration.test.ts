import { randomBytes, randomUUID } from 'node:crypto';
import { Type } from '@souk/contracts/typebox.ts';
import { eventually } from '@souk/testing/eventually.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Http } from '../http/http.ts';
import { buildHttp } from '../http/server.ts';
import { createMetrics } from '../metrics.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { problem } from '../problem.ts';
import { createHealth } from '../service/health.ts';
import { type Ledger, silent, testLedger } from '../testing/ledger.ts';
import { claimAnswer, lockKeyOf, maintainIdempotentAnswers } from './idempotent-answers.ts';

const Opened = Type.Object({ id: Type.String(), version: Type.Integer(), note: Type.String() });

/** What a test does at the moments of a request. */
interface Moments {
  beforeWrite: () => Promise<unknown>;
  afterWrite: () => Promise<unknown>;
}

describe('a route that takes Idempotency-Key', () => {
  let ledger: Ledger;
  let other: Database;
  let replicas: [Http, Http];
  const moments: Moments = { beforeWrite: async () => undefined, afterWrite: async () => undefined };

  /** A replica: a route that opens an account, and reads what it has written. */
  const replica = async (db: Database, handlerTimeoutMs?: number): Promise<Http> => {
    const health = createHealth('ledger', '0.0.0');
    health.started();
    const http = await buildHttp({
      name: 'ledger',
      version: '0.0.0',
      description: '',
      log: silent,
      metrics: createMetrics('ledger'),
      health,
      access: {
        mode: 'open',
        verifier: {
          verify: async (subject) => ({ subject, roles: ['admin'], scopes: [], issuedAtMs: 0 }),
        },
      },
      idempotency: { db, onCommitted: () => undefined },
      bodyLimitBytes: 3 * 1024 * 1024,
      validateResponses: true,
      ...(handlerTimeoutMs === undefined ? {} : { handlerTimeoutMs }),
    });
    const opens = { access: { roles: ['admin' as const] } };
    const schema = (operationId: string) => ({
      tags: ['accounts'],
      summary: 'Open an account',
      operationId,
      body: Type.Object({ note: Type.String() }),
      response: { 201: Opened },
    });
    const open = async ({ note }: { note: string }) => {
      await moments.beforeWrite();
      const id = await db.save('open', (sql) => ledger.add(sql));
      await moments.afterWrite();
      if (note === 'refused') throw problem(409, 'refused', 'this note is refused');
      if (note === 'broken') throw new Error('a bug');
      const [account] = await db.get(
        'find',
        (sql) => sql<[{ version: number }]>`select version from accounts where id = ${id}`,
      );
      return { id, ...account, note };
    };
    http.post(
      '/accounts',
      { config: { ...opens, idempotent: true, alsoAt: ['/opened'] }, schema: schema('open') },
      async ({ body }, reply) => {
        const account = await open(body);
        return reply
          .code(201)
          .headers({ location: `/accounts/${account.id}`, etag: '"1"' })
          .send(account);
      },
    );
    http.post(
      '/returned',
      { config: { ...opens, idempotent: true }, schema: schema('openAndReturn') },
      async ({ body }, reply) => {
        reply.code(201);
        return open(body);
      },
    );
    http.post(
      '/secrets',
      { config: { ...opens, idempotent: { secret: true } }, schema: schema('openSecretly') },
      async ({ body }, reply) => reply.code(201).send(await open(body)),
    );
    await http.ready();
    return http;
  };

  const post = async (http: Http, key: string | undefined, options: Partial<Sent> = {}) => {
    const { url = '/accounts', note = 'a', caller } = options;
    const response = await http.inject({
      method: 'POST',
      url,
      headers: {
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(caller === undefined ? {} : { authorization: `Bearer ${caller}` }),
      },
      payload: { note },
    });
    const { location, etag, 'content-type': type, 'idempotent-replayed': replayed } = response.headers;
    const { statusCode: status, body, headers } = response;
    return { status, body, kept: { location, etag, type }, replayed: replayed === 'true', headers };
  };
  interface Sent {
    url: string;
    note: string;
    caller: string;
  }

  const codeOf = ({ body }: { body: string }) => JSON.parse(body).code;
  /** Accounts and events, of which each account has one. */
  const effects = async () => {
    const [row] = await ledger.db.sql<[{ accounts: number; events: number; answers: number }]>`
      select (select count(*) from accounts) as accounts, (select count(*) from outbox) as events,
        (select count(*) from idempotent_answers) as answers`;
    return row;
  };

  beforeAll(async () => {
    ledger = await testLedger();
    other = openPostgres({
      url: ledger.database.url,
      poolMax: 20,
      applicationName: 'other',
      metrics: createMetrics('other'),
      log: silent,
    });
    replicas = [await replica(ledger.db), await replica(other)];
  });

  beforeEach(async () => {
    moments.beforeWrite = async () => undefined;
    moments.afterWrite = async () => undefined;
    await ledger.db.sql`truncate accounts, outbox, idempotent_answers`;
  });

  afterAll(async () => {
    await Promise.all(replicas.map((http) => http.close()));
    await other.end();
    await ledger.close();
  });

  test.each(['/accounts', '/returned'])(
    'answers a repeat to %s with the same bytes, and changes nothing',
    async (url) => {
      const first = await post(replicas[0], '"k-1"', { url });
      const repeat = await post(replicas[1], 'k-1', { url });

      expect(first).toMatchObject({ status: 201, replayed: false });
      expect(repeat).toEqual({ ...first, replayed: true, headers: expect.anything() });
      expect(await effects()).toEqual({ accounts: 1, events: 1, answers: 1 });
    },
  );

  test('takes the further paths of a route for the same route', async () => {
    const first = await post(replicas[0], 'k');

    expect(await post(replicas[0], 'k', { url: '/opened' })).toMatchObject({
      body: first.body,
      replayed: true,
    });
  });

  test('opens one account for each request without a key', async () => {
    await post(replicas[0], undefined);
    await post(replicas[0], undefined);

    expect(await effects()).toEqual({ accounts: 2, events: 2, answers: 0 });
  });

  test('says so, and waits for nobody, while another replica answers the first', async () => {
    const written = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    moments.afterWrite = () => {
      written.resolve();
      return release.promise;
    };
    const first = post(replicas[0], 'k');
    await written.promise;

    const second = await post(replicas[1], 'k');
    expect([second.status, codeOf(second)]).toEqual([409, 'idempotency_in_flight']);
    expect(second.headers).toMatchObject({ 'retry-after': '1' });

    release.resolve();
    const { body } = await first;
    expect(await post(replicas[1], 'k')).toMatchObject({ status: 201, body, replayed: true });
    expect(await effects()).toEqual({ accounts: 1, events: 1, answers: 1 });
  });

  test('looks for the answer only with the key claimed: else it could miss one that is stored in between', async () => {
    const id = randomBytes(32);
    const claim = () =>
      other.transaction('claim', async (tx) => {
        await tx`set local lock_timeout = '10s'`;
        return claimAnswer(tx, id);
      });
    const whileClaimed = await ledger.db.transaction('hold', async (tx) => {
      await tx`select pg_advisory_xact_lock(${lockKeyOf(id)}::bigint)`;
      await tx`lock table idempotent_answers in access exclusive mode`;
      return claim();
    });

    expect(whileClaimed).toBeUndefined();
    expect(await claim()).toEqual({ stored: undefined });
  });

  test('gives the first answer when another replica was done between the look and the write', async () => {
    let first: Awaited<ReturnType<typeof post>> | undefined;
    moments.beforeWrite = async () => {
      moments.beforeWrite = async () => undefined;
      first = await post(replicas[1], 'k');
    };

    const second = await post(replicas[0], 'k');

    expect(second).toMatchObject({ status: 201, body: first?.body, kept: first?.kept, replayed: true });
    expect(await effects()).toEqual({ accounts: 1, events: 1, answers: 1 });
  });

  test('refuses a key that was used with another payload', async () => {
    await post(replicas[0], 'k');

    const reused = await post(replicas[1], 'k', { note: 'b' });

    expect([reused.status, codeOf(reused)]).toEqual([422, 'idempotency_key_reused']);
    expect(await effects()).toEqual({ accounts: 1, events: 1, answers: 1 });
  });

  test('keeps the keys of callers, and of routes, apart', async () => {
    const answers = [
      await post(replicas[0], 'k'),
      await post(replicas[0], 'k', { caller: 'ada', note: 'b' }),
      await post(replicas[0], 'k', { caller: 'grace' }),
      await post(replicas[0], 'k', { url: '/returned' }),
    ];

    expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual(Array(4).fill([201, false]));
    expect(await effects()).toEqual({ accounts: 4, events: 4, answers: 4 });
  });

  test.each([
    ['refused', 409, 'refused'],
    ['broken', 500, 'internal_error'],
  ])('leaves nothing of a request that is %s, and its key is free', async (note, status, code) => {
    const failed = await post(replicas[0], 'k', { note });

    expect([failed.status, codeOf(failed)]).toEqual([status, code]);
    expect(await effects()).toEqual({ accounts: 0, events: 0, answers: 0 });
    expect(await post(replicas[0], 'k')).toMatchObject({ status: 201, replayed: false });
  });

  test('leaves nothing when the connection is lost after the write, and the repeat is done once', async () => {
    moments.afterWrite = async () => {
      moments.afterWrite = async () => undefined;
      await other.sql`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where application_name = 'ledger' and state = 'idle in transaction' and datname = current_database()`;
    };

    const lost = await post(replicas[0], 'k');

    expect([lost.status, codeOf(lost)]).toEqual([503, 'dependency_unavailable']);
    expect(lost.kept).toMatchObject({ location: undefined, etag: undefined });
    expect(await effects()).toEqual({ accounts: 0, events: 0, answers: 0 });
    expect(await post(replicas[1], 'k')).toMatchObject({ status: 201, replayed: false });
    expect(await effects()).toEqual({ accounts: 1, events: 1, answers: 1 });
  });

  test('answers 503, with nothing of the answer, when the commit fails', async () => {
    await ledger.db.sql`
      create function refuse() returns trigger language plpgsql
      as 'begin raise exception ''no room'' using errcode = ''53100''; end'`;
    await ledger.db.sql`
      create constraint trigger refuse after insert on accounts deferrable initially deferred
      for each row execute function refuse()`;

    const failed = await post(replicas[0], 'k').finally(() => ledger.db.sql`drop function refuse cascade`);

    expect([failed.status, codeOf(failed)]).toEqual([503, 'dependency_unavailable']);
    expect(failed.kept).toMatchObject({ location: undefined, etag: undefined });
    expect(await effects()).toEqual({ accounts: 0, events: 0, answers: 0 });
  });

  test.each([
    ['ends', { status: 201, replayed: true }, 1],
    ['fails', { status: 503, replayed: false }, 0],
  ])(
    'answers 503 when the time is over before the commit %s, and its repeat what became of it',
    async (how, repeat, accounts) => {
      const slow = await replica(ledger.db, 2_000);
      onTestFinished(() => slow.close());
      const locked = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const held = other.transaction('hold', async (tx) => {
        await tx`select pg_advisory_xact_lock(4711)`;
        locked.resolve();
        await release.promise;
      });
      await locked.promise;
      await ledger.db.sql.unsafe(`
        create function wait_at_commit() returns trigger language plpgsql as $$ begin
          perform pg_advisory_xact_lock(4711);
          if '${how}' = 'fails' then raise 'no room' using errcode = '53100'; end if;
          return null;
        end $$`);
      onTestFinished(async () => void (await ledger.db.sql`drop function wait_at_commit cascade`));
      await ledger.db.sql`
        create constraint trigger wait_at_commit after insert on accounts deferrable initially deferred
        for each row execute function wait_at_commit()`;

      const late = await post(slow, 'k').finally(release.resolve);
      await held;
      await eventually(async () => expect(await effects()).toMatchObject({ accounts }));

      expect([late.status, codeOf(late)]).toEqual([503, 'dependency_unavailable']);
      expect(late.kept).toMatchObject({ location: undefined, etag: undefined });
      await eventually(async () => expect(await post(slow, 'k')).toMatchObject(repeat));
      expect(await effects()).toMatchObject({ accounts });
    },
  );

  test('does not keep an answer with a secret, nor one over 1 MiB: a repeat changes nothing and says so', async () => {
    const note = 'x'.repeat(1024 * 1024);
    const firsts = [
      await post(replicas[0], 'k', { url: '/secrets' }),
      await post(replicas[0], 'k', { note }),
    ];
    const repeats = [
      await post(replicas[1], 'k', { url: '/secrets' }),
      await post(replicas[1], 'k', { note }),
    ];

    expect(firsts.map(({ status }) => status)).toEqual([201, 201]);
    expect(repeats.map(codeOf)).toEqual(Array(2).fill('idempotency_answer_not_kept'));
    expect(await effects()).toEqual({ accounts: 2, events: 2, answers: 2 });
    const [{ bodies }] = await ledger.db.sql<[{ bodies: number }]>`
      select count(body) as bodies from idempotent_answers`;
    expect(bodies).toBe(0);
  });

  test('keeps a key for 24 hours, and drops whole days after that', async () => {
    const { sql } = ledger.db;
    const first = await post(replicas[0], 'k');
    await sql`update idempotent_answers set created_at = created_at - interval '23 hours 59 minutes'`;
    expect(await post(replicas[0], 'k')).toMatchObject({ body: first.body, replayed: true });
    await sql`update idempotent_answers set created_at = created_at - interval '2 minutes'`;
    expect(await post(replicas[0], 'k')).toMatchObject({ status: 201, replayed: false });

    // By the older answer, whose day is another one just after midnight.
    const [{ older }] = await sql<[{ older: Date }]>`select min(created_at) as older from idempotent_answers`;
    const kept = async (days: number) => {
      await maintainIdempotentAnswers(sql, new Date(older.getTime() + days * 86_400_000));
      return effects();
    };
    expect(await kept(1)).toMatchObject({ answers: 2 });
    expect(await kept(2)).toMatchObject({ answers: 1 });
    expect(await kept(4)).toMatchObject({ accounts: 2, answers: 0 });
  });

  test.each(['', '"', '"a', 'with spaces', `"${'x'.repeat(256)}"`, 'ü'])(
    'refuses the key %j',
    async (key) => {
      const refused = await post(replicas[0], key);

      expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request']);
      expect(await effects()).toMatchObject({ accounts: 0 });
    },
  );

  test('does one thing and gives one answer, however often and wherever it is sent', async () => {
    const requests = fc.array(
      fc.record({ replica: fc.constantFrom(0, 1), waits: fc.boolean(), again: fc.boolean() }),
      {
        minLength: 2,
        maxLength: 8,
      },
    );
    const property = fc.asyncProperty(requests, async (given) => {
      const key = randomUUID();
      const before = await effects();
      const send = async ({ replica, again }: (typeof given)[number]) => {
        const answer = await post(replicas[replica as 0 | 1], key);
        if (answer.status === 201 || !again) return answer;
        return eventually(async () => {
          const repeat = await post(replicas[replica as 0 | 1], key);
          expect(repeat.status).toBe(201);
          return repeat;
        });
      };
      const sent: ReturnType<typeof send>[] = [];
      for (const request of given) {
        sent.push(send(request));
        if (request.waits) await sent.at(-1);
      }
      const answers = await Promise.all(sent);

      const done = answers.filter(({ status }) => status === 201);
      expect(new Set(done.map(({ body, kept }) => JSON.stringify([body, kept]))).size).toBe(1);
      expect(done.filter(({ replayed }) => !replayed).length).toBeLessThanOrEqual(1);
      expect(new Set(answers.filter(({ status }) => status !== 201).map(codeOf))).toEqual(
        new Set(done.length === answers.length ? [] : ['idempotency_in_flight']),
      );
      const { accounts, events, answers: stored } = await effects();
      expect([accounts, events, stored]).toEqual([
        before.accounts + 1,
        before.events + 1,
        before.answers + 1,
      ]);
    });
    await fc.assert(property, { numRuns: 30, seed: 13 });
  });

  test('shows the header and its problems in the documents', () => {
    const document = replicas[0].swagger() as never as { paths: { '/accounts': { post: Operation } } };
    const { parameters, responses } = document.paths['/accounts'].post;

    expect(parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'idempotency-key' }));
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['201', '400', '409', '422']));
  });
  interface Operation {
    parameters: object[];
    responses: object;
  }
});

test('a POST that creates and says nothing about Idempotency-Key keeps its service from starting', async () => {
  const http = await buildHttp({
    name: 'tiny',
    version: '0.0.0',
    description: '',
    log: silent,
    metrics: createMetrics('tiny'),
    health: createHealth('tiny', '0.0.0'),
    idempotency: { db: undefined as never, onCommitted: () => undefined },
    bodyLimitBytes: 1_000,
  });
  const schema = { tags: ['t'], operationId: 'make', summary: 'Make', response: { 201: Type.Object({}) } };

  expect(() => http.post('/things', { config: { access: 'anyone' }, schema }, async () => ({}))).toThrow(
    'config.idempotent',
  );
  await http.close();
});
