import { Admin, type AdminOptions } from '@platformatic/kafka';

/** What a client shows and trusts; nothing where Kafka takes clients in plain text. */
export type KafkaSecurity = Pick<AdminOptions, 'tls' | 'tlsServerName' | 'sasl'>;

/** Work of an administrator. It is tried until the broker does it: its port is open before it is ready. */
export const asAdmin = async (
  brokers: string,
  work: (admin: Admin) => Promise<unknown>,
  security: KafkaSecurity = {},
): Promise<void> => {
  const admin = new Admin({
    clientId: 'tests',
    bootstrapBrokers: [brokers],
    ...security,
    retries: 60,
    retryDelay: 250,
  });
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
};

/** Deletes every topic and every group; a group must have no members. */
export const removeEverything = async (admin: Admin): Promise<void> => {
  const topics = await admin.listTopics();
  if (topics.length > 0) await admin.deleteTopics({ topics });
  const groups = [...(await admin.listGroups()).keys()];
  if (groups.length > 0) await admin.deleteGroups({ groups });
};
