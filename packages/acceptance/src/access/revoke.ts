import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { openProducer } from '@souk/service-kit/kafka/producer.ts';

/** Says on `session-updates` what the user service would say of a session that ended. */
export const revoke = async (
  brokers: string,
  { subject, session_id }: { subject: string; session_id: string },
): Promise<void> => {
  const session = await openProducer({ brokers, clientId: 'test', createTopics: false });
  const time = new Date().toISOString();
  const data = JSON.stringify({ subject, session_id, revoked_at: time });
  const event = { id: randomUUID(), sequence: '1', type: 'session.revoked.v1', key: subject, time, data };
  await session.publish([{ topic: sessionUpdates.name, ...encodeEvent(sessionUpdates.source, event) }]);
  await session.close();
};
