import { problem } from '@souk/service-kit/problem.ts';
import { expect, test } from 'vitest';
import { createSessions, type Tokens } from './sessions.ts';

const tokens = (name: string): Tokens => ({
  access_token: `access-${name}`,
  refresh_token: `refresh-${name}`,
  expires_in: 900,
  user_id: 'ada',
  roles: ['admin'],
});

test('uses an access token until half a minute before it ends, then exchanges the refresh token once for all', async () => {
  let nowMs = 0;
  const exchanged: string[] = [];
  const sessions = createSessions(
    async (token) => {
      exchanged.push(token);
      return tokens(`${exchanged.length}`);
    },
    () => nowMs,
  );
  const session = sessions.open('ada@example.com', tokens('0'));

  nowMs = 869_000;
  expect(await sessions.accessToken(session)).toBe('access-0');
  nowMs = 871_000;
  const given = await Promise.all([1, 2, 3].map(() => sessions.accessToken(session)));

  expect(given).toEqual(['access-1', 'access-1', 'access-1']);
  expect(exchanged).toEqual(['refresh-0']);
});

test('ends when the refresh token is refused, and outlives a user service that does not answer', async () => {
  let answer = problem(502, 'service_unreachable', 'no answer');
  const sessions = createSessions(
    () => Promise.reject(answer),
    () => 0,
  );
  const session = sessions.open('ada@example.com', { ...tokens('0'), expires_in: 1 });

  await expect(sessions.accessToken(session)).rejects.toBe(answer);
  expect(sessions.find(session.id)).toBe(session);
  answer = problem(401, 'refresh_token_invalid', 'used before');
  await expect(sessions.accessToken(session)).rejects.toBe(answer);
  expect(sessions.find(session.id)).toBeUndefined();
});

test('has ids that nobody guesses', () => {
  const sessions = createSessions(() => Promise.reject(new Error('not asked')));
  const ids = Array.from({ length: 100 }, () => sessions.open('ada@example.com', tokens('0')).id);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
});
