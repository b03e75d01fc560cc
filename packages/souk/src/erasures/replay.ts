import { createRetryingFetch } from '@souk/client/retrying-fetch.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { readLogs } from '@souk/service-kit/kafka/log-reader.ts';
import { headerText } from '@souk/service-kit/kafka/message.ts';

export interface ReplayOptions {
  brokers: KafkaAddress;
  /** The user service, without a slash at the end. */
  userUrl: string;
}

export interface ReplayedErasures {
  /** Users that the topic says were deleted. */
  known: number;
  /** Those of them that were there again, and are deleted once more. */
  erased: string[];
}

const deleted: keyof typeof userUpdates.events = 'user.deleted.v1';

/**
 * Deletes every user of whom the topic `user-updates` tells that it was deleted: a user service that was restored from
 * a backup has those of after the backup again. Ids are never given twice, so nobody else is met. Who is not there is
 * passed over, so it may run as often as one likes. Waits while it is asked too often. Throws an Error for the user.
 */
export const replayErasures = async ({ brokers, userUrl }: ReplayOptions): Promise<ReplayedErasures> => {
  const ids = new Set<string>();
  await readLogs(
    brokers,
    (name) => name === userUpdates.name,
    (message) => {
      if (message.key && headerText(message.headers, 'ce_type') === deleted) ids.add(message.key.toString());
    },
  );
  const erased: string[] = [];
  const send = createRetryingFetch();
  for (const id of ids) if (await eraseUser(send, userUrl, id)) erased.push(id);
  return { known: ids.size, erased };
};

/** False when there is no such user. */
const eraseUser = async (
  send: ReturnType<typeof createRetryingFetch>,
  userUrl: string,
  id: string,
): Promise<boolean> => {
  const url = `${userUrl}/api/v1/users/${encodeURIComponent(id)}`;
  const { status } = await send(new Request(url, { method: 'DELETE' })).catch((error: Error) => {
    throw new Error(`${error.message}: run this again`);
  });
  if (status === 204) return true;
  // 400 for a key that is no id: then it is nobody's.
  if (status === 404 || status === 400) return false;
  throw new Error(`${userUrl} answered ${status}: run this again`);
};
