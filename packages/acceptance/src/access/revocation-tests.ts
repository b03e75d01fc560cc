import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { grantRoles } from 'souk/auth/grant.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../http-call.ts';

let mesh: TestMesh;

interface LoggedIn {
  id: string;
  email: string;
  access: string;
  refresh: string;
}

const password = 'correct horse battery';
const user = (path: string) => `${mesh.service('user').url}/api/v1/${path}`;

const logIn = async (email: string): Promise<LoggedIn> => {
  const { status, body } = await call('POST', user('auth/login'), { email, password });
  expect(status).toBe(200);
  return { id: body.user_id, email, access: body.access_token, refresh: body.refresh_token };
};

let admins = 0;
const newAdmin = async (): Promise<LoggedIn> => {
  admins += 1;
  const email = `admin-${admins}@example.org`;
  await call('POST', user('users'), { email, name: 'Ada', password });
  await grantRoles(mesh.postgres.url('user_service'), email, ['admin']);
  return logIn(email);
};

/** What each service answers to a token: a request that any administrator may send. */
const heard = ({ access }: LoggedIn, names: readonly ServiceName[] = serviceNames) =>
  Promise.all(
    names.map(async (name) => {
      const headers = { authorization: `Bearer ${access}` };
      return (await fetch(`${mesh.service(name).url}/metrics`, { headers })).status;
    }),
  );
const all = (status: number) => serviceNames.map(() => status);

const expectRevoked = (admin: LoggedIn) =>
  eventually(async () => expect(await heard(admin)).toEqual(all(401)), { intervalMs: 100 });

/** Of a mesh that takes the tokens of its user service. Some of it is killed. */
export const revocationTests = (given: () => TestMesh) =>
  describe('a token that is revoked', () => {
    beforeAll(() => {
      mesh = given();
    });

    test.each<[string, (admin: LoggedIn) => Promise<unknown>]>([
      ['a log-out', ({ refresh }) => call('POST', user('auth/logout'), { refresh_token: refresh })],
      ['logout-all', ({ refresh }) => call('POST', user('auth/logout-all'), { refresh_token: refresh })],
      ['other roles', ({ email }) => grantRoles(mesh.postgres.url('user_service'), email, ['staff'])],
      [
        'the end of the account',
        ({ id, access }) =>
          fetch(user(`users/${id}`), { method: 'DELETE', headers: { authorization: `Bearer ${access}` } }),
      ],
    ])('%s ends the access token at every service, and no other one', async (_, end) => {
      const [ended, other] = [await newAdmin(), await newAdmin()];
      expect(await heard(ended)).toEqual(all(200));
      await end(ended);
      await expectRevoked(ended);
      expect(await heard(other)).toEqual(all(200));
    });

    test('a stream that is open ends when the token that opened it is revoked, and the other ones go on', async () => {
      const [ended, other] = [await newAdmin(), await newAdmin()];
      const listening = new AbortController();
      const listen = async ({ access }: LoggedIn) => {
        const { status, body } = await fetch(`${mesh.service('analytics').url}/api/v1/analytics/stream`, {
          headers: { authorization: `Bearer ${access}` },
          signal: listening.signal,
        });
        expect(status).toBe(200);
        const stream = { open: true };
        body?.pipeTo(new WritableStream()).then(
          () => {
            stream.open = false;
          },
          () => undefined,
        );
        return stream;
      };
      const [streamOfEnded, streamOfOther] = [await listen(ended), await listen(other)];
      await call('POST', user('auth/logout'), { refresh_token: ended.refresh });
      await eventually(() => expect(streamOfEnded.open).toBe(false));
      expect(streamOfOther.open).toBe(true);
      listening.abort();
    });

    test('roles that are granted are in the audit', async () => {
      const admin = await newAdmin();
      const headers = { authorization: `Bearer ${admin.access}` };
      const answer = await fetch(user(`audit?action=grantRoles&object=${admin.id}`), { headers });
      const { items } = (await answer.json()) as { items: { subject: string; outcome: string }[] };
      expect(items).toMatchObject([{ subject: 'souk', outcome: 'allowed' }]);
    });

    test('the same roles again end nothing', async () => {
      const admin = await newAdmin();
      await grantRoles(mesh.postgres.url('user_service'), admin.email, ['admin']);
      const later = await newAdmin();
      await call('POST', user('auth/logout'), { refresh_token: later.refresh });
      await expectRevoked(later);
      expect(await heard(admin)).toEqual(all(200));
    });

    test('services that are killed and started again take no token that was revoked before', async () => {
      const admin = await newAdmin();
      await call('POST', user('auth/logout'), { refresh_token: admin.refresh });
      await expectRevoked(admin);
      // The one that revokes, and one that only hears of it.
      for (const name of ['user', 'recommendation'] as const) {
        const killed = mesh.service(name);
        killed.kill('SIGKILL');
        await killed.exited;
        await mesh.start(name);
        expect(await heard(admin, [name])).toEqual([401]);
      }
    });

    test('without Kafka tokens are taken, the list says that it is not current, and what was revoked meanwhile ends then', async () => {
      const admin = await newAdmin();
      await mesh.broker.stop();
      await call('POST', user('auth/logout'), { refresh_token: admin.refresh });
      await eventually(
        async () => {
          for (const name of serviceNames) {
            const headers = { authorization: `Bearer ${admin.access}` };
            const { dependencies } = (await (
              await fetch(`${mesh.service(name).url}/health`, { headers })
            ).json()) as { dependencies: Record<string, { status: string }> };
            expect(dependencies.revocations?.status).toBe('down');
          }
        },
        { intervalMs: 100 },
      );
      await mesh.broker.start();
      await expectRevoked(admin);
    });
  });
