import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { testCertificates } from './certificates.ts';
import { asAdmin } from './kafka-admin.ts';
import { adminSecurity, localKafka } from './local/local-kafka.ts';
import type { TestKafka } from './servers.ts';

export interface TestSecuredKafka extends TestKafka {
  /** Of its certificate authority, in PEM. */
  ca: string;
  /** The variables with which a service or tool comes as one of the users. */
  env(user: string): Record<string, string>;
  /** Lets somebody write every topic whose name begins so. */
  letWrite(principal: string, topicPrefix: string): Promise<void>;
}

/**
 * A real Kafka that takes clients under TLS alone, asks for their passwords (SCRAM-SHA-512), and lets them do what ACLs
 * say: nothing at first, but `admin` may do everything. Always a process of this machine.
 */
export const testSecuredKafka = async (users: string[], topics: string[] = []): Promise<TestSecuredKafka> => {
  const certificates = testCertificates(['kafka']);
  const passwordOf = (user: string) => `password-of-${user}`;
  const passwords = Object.fromEntries(users.map((user) => [user, passwordOf(user)]));
  const secured = { certificates, passwords: { ...passwords, admin: passwordOf('admin') } };
  const kafka = await localKafka(topics, { secured });
  return {
    ...kafka,
    ca: certificates.text('ca.pem'),
    env: (user) => ({
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA: certificates.text('ca.pem'),
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: passwordOf(user),
    }),
    letWrite: (principal, resourceName) =>
      asAdmin(
        kafka.brokers,
        (admin) => admin.createAcls({ creations: [{ ...writing, principal, resourceName }] }),
        adminSecurity(secured),
      ),
    stop: async () => {
      await kafka.stop();
      certificates.remove();
    },
  };
};

const writing = {
  host: '*',
  operation: AclOperations.WRITE,
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: ResourceTypes.TOPIC,
  resourcePatternType: ResourcePatternTypes.PREFIXED,
};
