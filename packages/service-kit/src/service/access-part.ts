import type { Static, TObject } from '@souk/contracts/typebox.ts';
import type { AccessControl } from '../access/enforce-access.ts';
import { type KeyFile, openKeyFile } from '../access/key-file.ts';
import { openRevocations } from '../access/revocations.ts';
import { createTokenVerifier } from '../access/token-verifier.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import type { accessEnv, kafkaEnv } from '../config/env-fields.ts';
import type { Logger } from '../log.ts';
import type { Health } from './health.ts';
import type { StartupStep } from './startup.ts';

interface NeededParts {
  config: Static<TObject<typeof accessEnv & typeof kafkaEnv>>;
  kafka: KafkaAddress;
  log: Logger;
  health: Health;
  startup: StartupStep[];
  stops: (() => unknown)[];
  waitsFor: { kafka: string };
}

/** Opens what requests are held to: the key file and, where it gives keys, what Kafka tells of revoked tokens. */
export const openAccess = ({
  config,
  kafka,
  log,
  health,
  startup,
  stops,
  waitsFor,
}: NeededParts): { keyFile: KeyFile; access: AccessControl } => {
  const keyFile = openKeyFile(config.AUTH_JWKS_FILE, log);
  const rules = { issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE };
  const access = { mode: config.AUTH_MODE, verifier: createTokenVerifier(keyFile, rules) };
  if (config.AUTH_JWKS_FILE === undefined) return { keyFile, access };

  const revocations = openRevocations({
    brokers: kafka,
    fetchWaitMaxMs: config.KAFKA_FETCH_WAIT_MAX_MS,
    log,
  });
  stops.push(() => revocations.stop());
  health.dependency('revocations', { check: revocations.check, critical: false });
  startup.push({ waitsFor: waitsFor.kafka, start: revocations.connect });
  return { keyFile, access: { ...access, revoked: revocations.revoked } };
};
