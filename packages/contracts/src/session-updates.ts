import { nullable, timestamp, uuid } from './fields.ts';
import { defineEvent, defineTopic } from './topic.ts';

/**
 * Whose access tokens are not taken any more. A topic of its own: every replica of every service reads all of it, and
 * nothing of it matters once the tokens have expired.
 */
export const sessionUpdates = defineTopic({
  name: 'session-updates',
  owner: 'user',
  source: '/souk/user',
  key: 'subject',
  partitions: 4,
  retentionMs: 86_400_000,
  description: 'Sessions, users and keys of machines whose access tokens are revoked.',
  events: {
    'session.revoked.v1': defineEvent(
      'Access tokens of this session, or all of this subject, are not taken any more, whenever they were issued.',
      {
        subject: uuid(),
        session_id: nullable(uuid(), {
          description: 'sid of the tokens; null when the subject itself is gone',
        }),
        revoked_at: timestamp(),
      },
      {
        subject: '0198c1de-3b00-7000-8000-000000000001',
        session_id: '0198c1de-3b00-7000-8000-0000000000c1',
        revoked_at: '2026-03-01T09:50:00.000Z',
      },
    ),
  },
});
