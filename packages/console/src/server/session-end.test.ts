import { problem } from '@souk/service-kit/problem.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onSessionEnd } from './session-end.ts';
import { createSessions, type Tokens } from './sessions.ts';

const tokens = (more: Partial<Tokens> = {}): Tokens => ({
  access_token: 'access',
  refresh_token: 'refresh',
  expires_in: 900,
  user_id: 'ada',
  roles: ['staff'],
  ...more,
});
const quarterMs = 15 * 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watched = (refresh: () => Promise<Tokens>) => {
  const sessions = createSessions(refresh);
  const session = sessions.open('ada@example.com', tokens());
  const end = vi.fn();
  const stop = onSessionEnd(session, sessions, end);
  return { sessions, session, end, stop };
};

test('a stream ends soon after its viewer has logged out', async () => {
  const { sessions, session, end, stop } = watched(async () => tokens());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(end).not.toHaveBeenCalled();
  sessions.close(session.id);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(end).toHaveBeenCalled();
  stop();
});

test('a stream ends when the session is not renewed, or has other roles', async () => {
  for (const refresh of [
    () => Promise.reject(problem(401, 'refresh_token_invalid', 'revoked')),
    async () => tokens({ roles: ['analyst'] }),
  ]) {
    const { end, stop } = watched(refresh);
    await vi.advanceTimersByTimeAsync(quarterMs);
    expect(end).toHaveBeenCalled();
    stop();
  }
});

test('a stream goes on while the session is renewed, and while the user service does not answer', async () => {
  for (const refresh of [
    async () => tokens(),
    () => Promise.reject(problem(502, 'service_unreachable', 'no answer')),
  ]) {
    const { end, stop } = watched(refresh);
    await vi.advanceTimersByTimeAsync(2 * quarterMs);
    expect(end).not.toHaveBeenCalled();
    stop();
  }
});
