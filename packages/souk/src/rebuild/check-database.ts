import postgres from 'postgres';
import { type ServiceName, serviceRole } from '../services.ts';

const connectTimeoutSeconds = 10;

/**
 * Throws an Error for the user unless the address leads to the database as the service itself sees it, and the service
 * has run there. Another service's tables would be cleared just as well, and could not be made again.
 */
export const checkDatabase = async (service: ServiceName, url: string): Promise<void> => {
  const sql = open(url);
  try {
    const [found] = await sql<[{ schema: string | null; ready: boolean }]>`
      select current_schema() as schema, to_regclass('projection_generation') is not null as ready`;
    const wanted = serviceRole(service);
    if (found.schema !== wanted)
      throw new Error(
        `this is not the database of ${service}: the address must be that of its own role, ${wanted}`,
      );
    if (!found.ready) throw new Error(`${service} has made no tables there yet: start it first`);
  } catch (error) {
    if ((error as Error).constructor === Error && !('code' in (error as object))) throw error;
    const { message, code } = error as Error & { code?: string };
    throw new Error(`the database of ${service} cannot be asked: ${message || code}`, { cause: error });
  } finally {
    await sql.end({ timeout: 1 });
  }
};

const open = (url: string): postgres.Sql => {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new Error('the address of the database must be like postgres://role:password@host:5432/souk');
  return postgres(url, { max: 1, connect_timeout: connectTimeoutSeconds, onnotice: () => undefined });
};
