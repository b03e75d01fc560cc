import {
  type Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { brokersOf, type KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { adminSettings, reasonOf } from './admin-settings.ts';
import type { WantedAcl } from './wanted-acls.ts';

export interface AppliedAcls {
  created: number;
  /** Whoever else may write one of the topics: `User:NAME WRITE TOPIC`. They are left. */
  others: string[];
}

const timeoutMs = 15_000;
const writing: ReadonlySet<number> = new Set([AclOperations.WRITE, AclOperations.ALL]);

/**
 * Creates the ACLs that are missing, and names other writers of the topics. Nothing that is there is changed. Running it
 * again does no harm. Rejects with an Error for the user when no broker answers, or Kafka keeps no ACLs.
 */
export const applyAcls = async (
  brokers: KafkaAddress,
  wanted: readonly WantedAcl[],
): Promise<AppliedAcls> => {
  const admin = new Admin({
    clientId: 'souk-acls',
    ...adminSettings(brokers),
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
  });
  try {
    const present = await readAcls(admin);
    const known = new Set(present.map(textOf));
    const missing = wanted.map(aclOf).filter((acl) => !known.has(textOf(acl)));
    if (missing.length > 0) await admin.createAcls({ creations: missing });
    const wantedTexts = new Set(wanted.map((acl) => textOf(aclOf(acl))));
    const others = present.filter((acl) => mayWrite(acl, wanted) && !wantedTexts.has(textOf(acl)));
    return { created: missing.length, others: others.map(textOf) };
  } catch (error) {
    throw new Error(`Kafka at ${brokersOf(brokers)} does not take the ACLs: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    await admin.close();
  }
};

const anybody = {
  host: '*',
  permissionType: AclPermissionTypes.ALLOW,
  resourcePatternType: ResourcePatternTypes.LITERAL,
};

const aclOf = ({ principal, operation, resource, name }: WantedAcl): Acl => ({
  ...anybody,
  principal,
  operation: AclOperations[operation],
  resourceType: resource === 'topic' ? ResourceTypes.TOPIC : ResourceTypes.GROUP,
  resourceName: name,
});

const readAcls = async (admin: Admin): Promise<Acl[]> => {
  const filter = {
    resourceType: ResourceTypes.ANY,
    resourceName: null,
    resourcePatternType: ResourcePatternTypes.ANY,
    principal: null,
    host: null,
    operation: AclOperations.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  const resources = await admin.describeAcls({ filter });
  return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
};

/** Whether it lets somebody write one of the topics, by its name, a beginning of it, or all names. */
const mayWrite = (acl: Acl, wanted: readonly WantedAcl[]): boolean =>
  acl.permissionType === AclPermissionTypes.ALLOW &&
  acl.resourceType === ResourceTypes.TOPIC &&
  writing.has(acl.operation) &&
  wanted.some(({ resource, name }) => {
    if (resource !== 'topic') return false;
    if (acl.resourcePatternType === ResourcePatternTypes.PREFIXED) return name.startsWith(acl.resourceName);
    return acl.resourceName === '*' || acl.resourceName === name;
  });

const textOf = ({ principal, host, operation, permissionType, ...resource }: Acl): string =>
  [
    principal,
    ...(permissionType === AclPermissionTypes.ALLOW ? [] : ['NOT']),
    labelOf(AclOperations, operation),
    labelOf(ResourceTypes, resource.resourceType).toLowerCase(),
    `${resource.resourceName}${resource.resourcePatternType === ResourcePatternTypes.PREFIXED ? '…' : ''}`,
    ...(host === '*' ? [] : [`from ${host}`]),
  ].join(' ');

const labelOf = (labels: Record<string, number>, value: number): string =>
  Object.keys(labels).find((label) => labels[label] === value) ?? `${value}`;
