import { type ServiceName, services } from '@souk/contracts/services.ts';
import { isServerUrl } from '@souk/service-kit/config/addresses.ts';
import { postgresAddress } from '@souk/service-kit/config/encryption.ts';
import { readVariable } from '@souk/service-kit/config/read-env.ts';
import { openSocket, type SocketTarget } from '@souk/service-kit/postgres/socket.ts';
import postgres from 'postgres';
import { type BrokersOptions, meantMesh } from './kafka-brokers.ts';

export type DatabaseOptions = BrokersOptions;

const connectTimeoutSeconds = 10;

/** What the option says; else the mesh that is meant; else DATABASE_URL (or DATABASE_URL_FILE). Throws an Error for the user. */
export const databaseUrlOf = (service: ServiceName, options: DatabaseOptions): string => {
  const found =
    options.databaseUrl ??
    meantMesh(options)?.postgresUrls[services[service].role] ??
    readVariable('DATABASE_URL', process.env);
  if (!found)
    throw new Error(
      meantMesh({}) === undefined
        ? `no mesh runs from here: say where ${service}'s database is with --database-url`
        : `--brokers names another mesh than the one that runs from here: say where ${service}'s database is with --database-url`,
    );
  return found;
};

/**
 * Runs `work` on one connection to the database as the service itself sees it. Throws an Error for the user when the
 * address leads elsewhere, or the service has not made `table` there yet: in another service's tables the work would
 * do as much, and it could not be undone.
 */
export const withServiceDatabase = async <T>(
  { service, url, table }: { service: ServiceName; url: string; table: string },
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> => {
  const sql = open(url);
  try {
    const [found] = await sql<[{ schema: string | null; ready: boolean }]>`
      select current_schema() as schema, to_regclass(${table}) is not null as ready`;
    const wanted = services[service].role;
    if (found.schema !== wanted)
      throw new Error(
        `this is not the database of ${service}: the address must be that of its own role, ${wanted}`,
      );
    if (!found.ready) throw new Error(`${service} has made no tables there yet: start it first`);
    return await work(sql);
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    // Written for the user, or about Kafka: neither is the database's.
    if ((error as Error).constructor === Error && (code === undefined || code === 'KAFKA')) throw error;
    throw new Error(`the database of ${service} cannot be asked: ${message || code}`, { cause: error });
  } finally {
    await sql.end({ timeout: 1 });
  }
};

const open = (url: string): postgres.Sql => {
  if (!isServerUrl(url, ['postgres', 'postgresql']))
    throw new Error(
      'the address of the database must be like postgres://role:password@host:5432/souk, with one host',
    );
  // A connection that is exchanged for another one after its lifetime would let go of the work's locks.
  const address = postgresAddress(url);
  return postgres(address.url, {
    ...{ socket: (target: SocketTarget) => openSocket(target, { timeoutMs: Infinity, tls: address.tls }) },
    max: 1,
    max_lifetime: null,
    connect_timeout: connectTimeoutSeconds,
    onnotice: () => undefined,
  });
};
