import { randomUUID } from 'node:crypto';
import { eventually } from '@souk/testing/eventually.ts';
import { decodeJwt } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { problemWith, testApp, testProxy } from '../testing/test-app.ts';
import { expiredSessionsRemoval } from './expired-sessions.ts';

const app = await testApp();
afterAll(() => app.close());

const password = 'correct horse battery';
const guesses = Number(process.env.LOGIN_GUESSES ?? 1_000);
let accounts = 0;
const newAccount = async (): Promise<{ id: string; email: string }> => {
  accounts += 1;
  const email = `login-${accounts}@example.org`;
  return (await app.request('POST', '/api/v1/users', { email, name: 'Ada', password })).body;
};
const post = (path: string, body: unknown) => app.request('POST', `/api/v1/auth/${path}`, body);
const logIn = (email: string, tried = password) => post('login', { email, password: tried });
const refresh = (refresh_token: string) => post('refresh', { refresh_token });

const counted = async (kind: string): Promise<number> => {
  const [row] = await app.sql`
    select count(*) as count from login_attempts where starts_with(subject, ${`${kind}:`})`;
  return row?.count;
};

/** How often each statement was sent so far. */
const statements = async (): Promise<Record<string, number>> => {
  const { body } = await app.http.inject('/metrics');
  const counts = body.matchAll(/^db_query_duration_seconds_count\{[^}]*operation="(\w+)"[^}]*\} (\d+)$/gm);
  return Object.fromEntries([...counts].map(([, operation, count]) => [operation, Number(count)]));
};

describe('log-in', () => {
  test('gives an access token for ten minutes, with the roles of the account, and nothing to keep in a cache', async () => {
    const { id, email } = await newAccount();
    await app.sql`update users set roles = '{customer,staff}' where id = ${id}`;
    const { status, headers, body } = await logIn(email.toUpperCase());
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      user_id: id,
      roles: ['customer', 'staff'],
    });
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({ iss: 'souk', aud: 'souk', sub: id, roles: ['customer', 'staff'] });
    expect((claims.exp as number) - (claims.iat as number)).toBe(600);
  });

  test('says the same of a wrong password, of an e-mail that nobody has, and of an account without a password', async () => {
    const { email } = await newAccount();
    const { email: without } = await app.newUser();
    const answers = await Promise.all([logIn(email, 'wrong'), logIn('nobody@example.org'), logIn(without)]);
    for (const answer of answers) {
      expect(answer).toMatchObject(problemWith(401, 'invalid_credentials'));
      expect(answer.body.detail).toBe(answers[0]?.body.detail);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="souk"');
    }
  });

  test('asks Postgres the same about a wrong password and about an e-mail that nobody has', async () => {
    const { email } = await newAccount();
    const asked = async (tried: string) => {
      const before = await statements();
      expect(await logIn(tried, 'wrong')).toMatchObject({ status: 401 });
      const after = await statements();
      return Object.entries(after).flatMap(([operation, count]) =>
        count > (before[operation] ?? 0) ? [[operation, count - (before[operation] ?? 0)]] : [],
      );
    };
    const ofKnown = await asked(email);
    expect(ofKnown.length).toBeGreaterThan(2);
    expect(await asked('nobody-at-all@example.org')).toEqual(ofKnown);
  });

  test('lets guesses wait: of thousands from a hundred addresses few are looked at, and the right one is taken after the wait', {
    timeout: 240_000,
  }, async () => {
    const { email } = await newAccount();
    const statuses: Record<number, number> = {};
    const guess = async (index: number) => {
      const headers = { 'x-forwarded-for': `198.51.100.${index % 100}` };
      const payload = { email, password: `guess ${index}` };
      const remoteAddress = testProxy;
      const url = '/api/v1/auth/login';
      const { statusCode } = await app.http.inject({ method: 'POST', url, headers, payload, remoteAddress });
      statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
    };
    const guesser = async (first: number) => {
      for (let index = first; index < guesses; index += 20) await guess(index);
    };
    await Promise.all(Array.from({ length: 20 }, (_, first) => guesser(first)));
    // Five, and one more after one second, three, seven, …: on the slowest machine fourteen in the test's time.
    expect(statuses[401]).toBeLessThanOrEqual(20);
    expect(statuses).toEqual({ 401: statuses[401], 429: guesses - (statuses[401] ?? 0) });

    const refused = await logIn(email, 'guess');
    expect(refused).toMatchObject(problemWith(429, 'too_many_attempts'));
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await app.sql`update login_attempts set wait_until = now() + interval '1 minute' where failures >= 5`;
    expect(await logIn(email)).toMatchObject({ status: 429 });
    await app.sql`update login_attempts set wait_until = now()`;
    expect(await logIn(email)).toMatchObject({ status: 200 });
  });

  test('lets nobody wait for others who log in from the same address at the same moment', async () => {
    const emails = Array.from({ length: 20 }, (_, index) => `crowd-${index}@example.org`);
    const answers = await Promise.all(emails.map((email) => logIn(email)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });

  test('lets guesses at an e-mail that nobody has wait as well', async () => {
    const email = `ghost-${randomUUID()}@example.org`;
    const statuses: number[] = [];
    // The first wait is a second, and each is longer: one of them the slowest machine does not outlast.
    while (statuses.length < 20 && !statuses.includes(429)) statuses.push((await logIn(email)).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
  });

  test('counts guesses at one account together, however its e-mail is written', async () => {
    const before = await counted('account');
    for (const spelling of ['strasse', 'straße', 'STRASSE', 'straẞe', 'ſtraſſe'])
      expect(await logIn(`${spelling}@example.org`)).toMatchObject({ status: 401 });
    expect(await counted('account')).toBe(before + 1);
  });

  test('forgets the failures of an address bit by bit, while others go on to log in from it', async () => {
    await logIn('typo@example.org');
    await app.sql`update login_attempts set failures = 104, wait_until = now() - interval '3 minutes'
      where subject like 'address:%'`;
    for (const name of ['another-typo', 'a-third-typo'])
      expect(await logIn(`${name}@example.org`)).toMatchObject({ status: 401 });
    await app.sql`delete from login_attempts where subject like 'address:%'`;
  });

  test('counts clients behind a trusted proxy each by their own address', async () => {
    const before = await counted('address');
    const payload = { email: 'behind-a-proxy@example.org', password };
    const attempt = (forwardedFor: string) =>
      app.http.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        remoteAddress: testProxy,
        headers: { 'x-forwarded-for': forwardedFor },
        payload,
      });
    for (const address of ['198.51.100.1', '198.51.100.2', '2001:db8:1:2::3', '2001:db8:1:2::4'])
      await attempt(address);
    expect(await counted('address')).toBe(before + 3);
  });

  test('keeps no e-mail and no address of attempts', async () => {
    await logIn('secret@example.org', 'wrong');
    const kept = JSON.stringify(await app.sql`select * from login_attempts`);
    expect(kept).toContain('account:');
    expect(kept).not.toMatch(/secret|127\.0\.0\.1/);
    expect(app.logs()).not.toContain('secret@');
  });
});

describe('a refresh token', () => {
  test('is exchanged once, for tokens of the same session', async () => {
    const first = (await logIn((await newAccount()).email)).body;
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(decodeJwt(second.body.access_token).sid).toBe(decodeJwt(first.access_token).sid);
    expect((await refresh(second.body.refresh_token)).status).toBe(200);
  });

  test('that comes again ends its session: the thief and the owner both have to log in', async () => {
    const stolen = (await logIn((await newAccount()).email)).body.refresh_token;
    const { body } = await refresh(stolen);
    expect(await refresh(stolen)).toMatchObject(problemWith(401, 'invalid_refresh_token'));
    expect(await refresh(body.refresh_token)).toMatchObject(problemWith(401, 'invalid_refresh_token'));
  });

  test('that comes twice at once is exchanged once at most', async () => {
    const { refresh_token } = (await logIn((await newAccount()).email)).body;
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refresh_token)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test('is kept as a hash alone, and not taken after its session is over', async () => {
    const { refresh_token, access_token } = (await logIn((await newAccount()).email)).body;
    const { sid } = decodeJwt(access_token) as { sid: string };
    expect(JSON.stringify(await app.sql`select * from refresh_tokens`)).not.toContain(refresh_token.slice(8));
    await app.sql`update sessions set expires_at = now() where id = ${sid}`;
    expect((await refresh(refresh_token)).status).toBe(401);
  });

  test('is still good after an exchange that failed because nothing could be signed; a log-in leaves no session', async () => {
    const { id, email } = await newAccount();
    const { refresh_token } = (await logIn(email)).body;
    await app.withoutSigningKeys(async () => {
      expect(await refresh(refresh_token)).toMatchObject(problemWith(503, 'no_signing_keys'));
      expect(await logIn(email)).toMatchObject(problemWith(503, 'no_signing_keys'));
    });
    expect((await refresh(refresh_token)).status).toBe(200);
    const [{ count }] = await app.sql<[{ count: number }]>`
      select count(*) as count from sessions where user_id = ${id}`;
    expect(count).toBe(1);
  });

  test('gives the roles that the account has now', async () => {
    const { id, email } = await newAccount();
    const { refresh_token } = (await logIn(email)).body;
    await app.sql`update users set roles = '{analyst}' where id = ${id}`;
    expect((await refresh(refresh_token)).body.roles).toEqual(['analyst']);
  });
});

describe('access tokens are revoked', () => {
  /** What was revoked of a user since then. */
  const revokedOf = async (id: string) =>
    (await app.revoked()).filter(({ subject }) => subject === id).map(({ session_id }) => session_id);
  const newSession = async (email: string) => {
    const { refresh_token, access_token } = (await logIn(email)).body;
    return { refresh_token, sid: decodeJwt(access_token).sid as string };
  };

  test('of one session by its log-out, and by a refresh token that comes again', async () => {
    const { id, email } = await newAccount();
    const [first, second, third] = [
      await newSession(email),
      await newSession(email),
      await newSession(email),
    ];
    await post('logout', { refresh_token: first.refresh_token });
    await post('logout', { refresh_token: first.refresh_token });
    expect(await revokedOf(id)).toEqual([first.sid]);
    await refresh(second.refresh_token);
    await refresh(second.refresh_token);
    expect(await revokedOf(id)).toEqual([first.sid, second.sid]);
    expect(await refresh(third.refresh_token)).toMatchObject({ status: 200 });
  });

  test('of all sessions by logout-all and by a new password, and by no other change', async () => {
    const { id, email } = await newAccount();
    const before = [await newSession(email), await newSession(email)];
    await app.request('PUT', `/api/v1/users/${id}`, { name: 'Countess' });
    expect(await revokedOf(id)).toEqual([]);
    await post('logout-all', { refresh_token: before[0]?.refresh_token });
    const sids = before.map(({ sid }) => sid);
    expect((await revokedOf(id)).toSorted()).toEqual(sids.toSorted());
    sids.push((await newSession(email)).sid);
    await app.request('PUT', `/api/v1/users/${id}`, { password: 'another horse battery' });
    expect((await revokedOf(id)).toSorted()).toEqual(sids.toSorted());
  });

  test('of a user who is deleted, of a key that is revoked, and announced at once', async () => {
    const { id } = await newAccount();
    const key = (
      await app.request('POST', '/api/v1/api-keys', { name: 'warehouse', scopes: ['orders:read'] })
    ).body;
    const before = app.commits();
    await app.request('DELETE', `/api/v1/users/${id}`);
    await app.request('DELETE', `/api/v1/api-keys/${key.id}`);
    expect([await revokedOf(id), await revokedOf(key.id)]).toEqual([[null], [null]]);
    expect(app.commits()).toBe(before + 2);
  });
});

test('a log-in with the old password, under way while a new one is set, begins no session', async () => {
  const { id, email } = await newAccount();
  const answer = await app.whileLocked(
    (tx) => tx`update users set password_hash = 'another' where id = ${id}`,
    () => logIn(email),
    1,
  );
  expect(answer).toMatchObject(problemWith(401, 'invalid_credentials'));
  const [{ count }] = await app.sql<[{ count: number }]>`
    select count(*) as count from sessions where user_id = ${id}`;
  expect(count).toBe(0);
});

test('a log-out ends one session, and logout-all those of the user alone', async () => {
  const [ada, bob] = [await newAccount(), await newAccount()];
  const token = async (email: string): Promise<string> => (await logIn(email)).body.refresh_token;
  const [first, second, third, others] = [
    await token(ada.email),
    await token(ada.email),
    await token(ada.email),
    await token(bob.email),
  ];
  expect((await post('logout', { refresh_token: first })).status).toBe(204);
  expect((await refresh(first)).status).toBe(401);
  expect((await post('logout-all', { refresh_token: second })).status).toBe(204);
  for (const ended of [second, third]) expect((await refresh(ended)).status).toBe(401);
  expect((await refresh(others)).status).toBe(200);
  expect((await post('logout', { refresh_token: 'unknown' })).status).toBe(204);
});

test('a new password ends the sessions of its user, and another name ends none', async () => {
  const { id, email } = await newAccount();
  const { refresh_token } = (await logIn(email)).body;
  const update = (body: object) => app.request('PUT', `/api/v1/users/${id}`, body);
  await update({ name: 'Countess' });
  const next = await refresh(refresh_token);
  expect(next.status).toBe(200);
  await update({ password: 'another horse battery' });
  expect(await refresh(next.body.refresh_token)).toMatchObject({ status: 401 });
});

describe('a forgotten password', () => {
  const ask = (email: string) => post('password-reset', { email });
  const confirm = (token: string, other = 'another horse battery') =>
    post('password-reset/confirm', { token, password: other });
  const tokenFor = async (email: string): Promise<string> => {
    const before = app.resets.length;
    expect((await ask(email.toUpperCase())).status).toBe(202);
    const sent = await eventually(() => {
      const reset = app.resets.slice(before).find((one) => one.email === email);
      if (!reset) throw new Error('nothing was sent yet');
      return reset;
    });
    expect(sent.token).toMatch(/^souk_pr_[\w-]{43}$/);
    return sent.token;
  };

  test('is replaced by a token that is good once, which ends every session', async () => {
    const { id, email } = await newAccount();
    const { refresh_token } = (await logIn(email)).body;
    const [token, other] = [await tokenFor(email), await tokenFor(email)];
    expect((await confirm(token)).status).toBe(204);
    for (const used of [token, other, 'unknown'])
      expect(await confirm(used)).toMatchObject(problemWith(400, 'invalid_reset_token'));
    expect((await refresh(refresh_token)).status).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    expect((await logIn(email, 'another horse battery')).status).toBe(200);
    expect((await app.revoked()).filter(({ subject }) => subject === id)).toHaveLength(1);
  });

  test('is replaced although log-ins failed: the account waits no longer, its address does', async () => {
    const { email } = await newAccount();
    await app.sql`delete from login_attempts`;
    await logIn(email, 'wrong');
    await app.sql`update login_attempts set failures = 12, wait_until = now() + interval '15 minutes'
      where subject like 'account:%'`;
    expect(await logIn(email)).toMatchObject({ status: 429 });
    const token = await tokenFor(email);
    expect(await confirm('unknown')).toMatchObject({ status: 400 });
    expect(await logIn(email)).toMatchObject({ status: 429 });
    expect((await confirm(token)).status).toBe(204);
    expect([await counted('account'), await counted('address')]).toEqual([0, 1]);
    expect((await logIn(email, 'another horse battery')).status).toBe(200);
  });

  test('is asked for with one answer, whoever has the e-mail, and sent to nobody else', async () => {
    const { email } = await newAccount();
    const before = app.resets.length;
    const answers = await Promise.all([ask('nobody@example.org'), ask(email)]);
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual([
      { status: 202, body: { status: 'accepted' } },
      { status: 202, body: { status: 'accepted' } },
    ]);
    await tokenFor((await newAccount()).email);
    expect(app.resets.slice(before).map((sent) => sent.email)).not.toContain('nobody@example.org');
  });

  test('is replaced by one token of several that were asked for at once, three at most', async () => {
    const { id, email } = await newAccount();
    for (let count = 0; count < 3; count++) await tokenFor(email);
    await ask(email);
    // Later ones are sent after it.
    await tokenFor((await newAccount()).email);
    await tokenFor((await newAccount()).email);
    const tokens = app.resets.filter((sent) => sent.email === email);
    expect(tokens).toHaveLength(3);
    const answers = await Promise.all(tokens.map(({ token }) => confirm(token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 400, 400]);
    expect(await app.sql`select from password_resets where user_id = ${id}`).toEqual([]);
  });

  test('is not replaced after thirty minutes, nor by one that is easy to guess; its token is kept as a hash', async () => {
    const { id, email } = await newAccount();
    const token = await tokenFor(email);
    expect(await confirm(token, 'password1')).toMatchObject(
      problemWith(400, 'invalid_request', ['password']),
    );
    const kept = await app.sql`select * from password_resets where user_id = ${id}`;
    expect(JSON.stringify(kept)).not.toContain(token.slice(8));
    expect(app.logs()).not.toContain(token);
    const [reset] = app.resets.filter((sent) => sent.token === token);
    expect((reset?.expiresAt.getTime() as number) - Date.now()).toBeLessThanOrEqual(1_800_000);
    await app.sql`update password_resets set expires_at = now() where user_id = ${id}`;
    expect(await confirm(token)).toMatchObject(problemWith(400, 'invalid_reset_token'));
  });
});

test('sessions and tokens of users who never come back are removed once they have expired', async () => {
  const ids: string[] = [];
  for (const _ of [1, 2]) {
    const { email } = await newAccount();
    ids.push((decodeJwt((await logIn(email)).body.access_token) as { sid: string }).sid);
  }
  const [over, lasting] = ids as [string, string];
  await app.sql`update sessions set expires_at = now() where id = ${over}`;
  await app.sql`
    insert into password_resets (hash, user_id, expires_at)
    select sha256(convert_to(at, 'UTF8')), user_id, at::timestamptz from sessions,
      unnest(array['2020-01-01', '2999-01-01']) as at where sessions.id = ${lasting}`;
  // More than it removes at once.
  await app.sql`
    insert into sessions (id, user_id, created_at, expires_at)
    select uuidv7(), user_id, now() - interval '31 days', now() - interval '1 day'
    from sessions, generate_series(1, 150) where id = ${lasting}`;
  await expiredSessionsRemoval(app.db).run();
  const left = await app.sql<{ id: string }[]>`
    select id from sessions where expires_at <= now() or id in (${over}, ${lasting})`;
  expect(left.map(({ id }) => id)).toEqual([lasting]);
  const resets = await app.sql`select expires_at::date::text as at from password_resets
    where user_id = (select user_id from sessions where id = ${lasting})`;
  expect([...resets]).toEqual([{ at: '2999-01-01' }]);
});

test('sessions go with their user', async () => {
  const { id, email } = await newAccount();
  const { refresh_token } = (await logIn(email)).body;
  await app.request('DELETE', `/api/v1/users/${id}`);
  expect((await refresh(refresh_token)).status).toBe(401);
});

test('outsiders get the public keys that the tokens are verified by', async () => {
  const { status, body } = await app.request('GET', '/.well-known/jwks.json');
  expect(status).toBe(200);
  expect(body.keys).toEqual([expect.objectContaining({ kty: 'EC', crv: 'P-256', alg: 'ES256' })]);
  expect(body.keys[0]).not.toHaveProperty('d');
});
