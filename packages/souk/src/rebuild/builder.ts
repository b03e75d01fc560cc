import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@souk/contracts/services.ts';
import { type Child, describeExit, startChild } from '@souk/embedded/child.ts';
import { brokersOf, type KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { root } from '../root.ts';

export interface Builder extends Pick<Child, 'stop'> {
  /** Rejects with an Error for the user when it fails, and never otherwise: it ends well once the tables are others. */
  failed: Promise<never>;
  lastLine(): string | undefined;
}

const stopDeadlineMs = 15_000;
const linesShown = 5;
/** What would say otherwise than the options of the command. */
const noneOf = {
  KAFKA_BROKERS_FILE: undefined,
  DATABASE_URL_FILE: undefined,
  MIGRATION_DATABASE_URL: undefined,
  OPERATOR_PORT: undefined,
};

/**
 * Starts the service's own code as the process that builds its tables beside those in use, with the settings of this
 * command's environment. Throws an Error for the user where the code is not here.
 */
export const startBuilder = async (
  service: ServiceName,
  { databaseUrl, brokers, asOf }: { databaseUrl: string; brokers: KafkaAddress; asOf: Date | undefined },
): Promise<Builder> => {
  const main = join(root, 'services', service, 'src/main.ts');
  if (!existsSync(main))
    throw new Error(
      `the code of ${service} is not here: start one more container of it with BUILD_BESIDE=true` +
        `${asOf ? ` and BUILD_BESIDE_AS_OF=${asOf.toISOString()}` : ''}, then run this command again`,
    );
  const child = await startChild({
    command: process.execPath,
    args: [main],
    env: {
      KAFKA_FETCH_WAIT_MAX_MS: '10',
      ...process.env,
      ...noneOf,
      KAFKA_BROKERS: brokersOf(brokers),
      DATABASE_URL: databaseUrl,
      BUILD_BESIDE: 'true',
      ...(asOf && { BUILD_BESIDE_AS_OF: asOf.toISOString() }),
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_PRETTY: 'false',
    },
    stopDeadlineMs,
  });
  const failed = child.exited.then((exit) => {
    if (exit.code === 0) return new Promise<never>(() => undefined);
    const lines = child.lastLines().slice(-linesShown);
    throw new Error([`the build ended (${describeExit(exit)}). Its last lines:`, ...lines].join('\n  '));
  });
  failed.catch(() => undefined);
  return { failed, lastLine: () => child.lastLines().at(-1), stop: child.stop };
};
