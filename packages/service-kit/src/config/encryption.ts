import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { GlobalConfig } from '@confluentinc/kafka-javascript';
import { type Static, type TObject, Type } from '@souk/contracts/typebox.ts';
import { configError } from './config-error.ts';
import { type httpEnv, kafkaEnv } from './env-fields.ts';
import { readEnv } from './read-env.ts';

/** A Kafka to connect to: its brokers alone (host:port, comma separated) where it takes clients in plain text. */
export type KafkaAddress = string | SecuredKafka;

export interface SecuredKafka {
  /** host:port, comma separated. */
  brokers: string;
  /** Texts in PEM; without a CA those of the system are trusted. Undefined: not encrypted. */
  tls: Partial<Record<'ca' | 'cert' | 'key' | 'passphrase', string | undefined>> | undefined;
  /** What a client says who it is by; undefined: nothing, or its certificate. */
  sasl:
    | { mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN'; username: string; password: string }
    | undefined;
}

/** Throws a ConfigError that names what is missing, contradicts the protocol, or is a certificate of no use. */
export const kafkaAddress = (config: Static<TObject<typeof kafkaEnv>>): KafkaAddress => {
  const { KAFKA_BROKERS: brokers, KAFKA_SECURITY_PROTOCOL: protocol } = config;
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  const encrypts = protocol.endsWith('SSL');
  const logsIn = protocol.startsWith('SASL');
  const problems: string[] = [];
  if (!encrypts) problems.push(...unused(config, 'KAFKA_SSL_'));
  if (!logsIn) problems.push(...unused(config, 'KAFKA_SASL_'));
  if (logsIn && !username)
    problems.push(`KAFKA_SASL_USERNAME is missing (KAFKA_SECURITY_PROTOCOL is ${protocol})`);
  if (logsIn && !password)
    problems.push(`KAFKA_SASL_PASSWORD is missing (KAFKA_SECURITY_PROTOCOL is ${protocol})`);
  const { KAFKA_SSL_CA: ca, KAFKA_SSL_CERTIFICATE: cert, KAFKA_SSL_KEY: key } = config;
  const passphrase = config.KAFKA_SSL_KEY_PASSWORD;
  problems.push(...caProblems('KAFKA_SSL_CA', ca));
  problems.push(...identityProblems(['KAFKA_SSL_CERTIFICATE', 'KAFKA_SSL_KEY'], { cert, key, passphrase }));
  if (problems.length > 0) throw configError(problems);
  if (protocol === 'PLAINTEXT') return brokers;
  const sasl = {
    mechanism: config.KAFKA_SASL_MECHANISM,
    username: username as string,
    password: password as string,
  };
  return {
    brokers,
    tls: encrypts ? { ca, cert, key, passphrase } : undefined,
    sasl: logsIn ? sasl : undefined,
  };
};

/** As `kafkaAddress`, from the environment of a tool. */
export const readKafkaAddress = (env: Record<string, string | undefined>): KafkaAddress =>
  kafkaAddress(readEnv(Type.Object(kafkaEnv), env));

/** The settings that every client of Kafka begins with. */
export const kafkaClientSettings = (address: KafkaAddress): GlobalConfig => {
  if (typeof address === 'string') return { 'bootstrap.servers': address };
  const { brokers, tls, sasl } = address;
  return {
    'bootstrap.servers': brokers,
    'security.protocol': `${sasl ? 'sasl_' : ''}${tls ? 'ssl' : 'plaintext'}` as 'sasl_ssl',
    ...(tls?.ca && { 'ssl.ca.pem': tls.ca }),
    ...(tls?.cert && { 'ssl.certificate.pem': tls.cert }),
    ...(tls?.key && { 'ssl.key.pem': tls.key }),
    ...(tls?.passphrase && { 'ssl.key.password': tls.passphrase }),
    ...(sasl && {
      'sasl.mechanisms': sasl.mechanism,
      'sasl.username': sasl.username,
      'sasl.password': sasl.password,
    }),
  };
};

/** For messages: host:port, comma separated. */
export const brokersOf = (address: KafkaAddress): string =>
  typeof address === 'string' ? address : address.brokers;

export interface PostgresAddress {
  /** Without what is said about encryption. */
  url: string;
  /** Undefined: not encrypted. */
  tls: ConnectionOptions | undefined;
}

/**
 * Takes from a URL what libpq takes too: `sslmode` (`disable`, which is the default, `require`: encrypted and whoever
 * it is, `verify-full`: the server's certificate is trusted and names its host), and the paths `sslrootcert`, `sslcert`
 * and `sslkey`. Throws a ConfigError about `variable`.
 */
export const postgresAddress = (text: string, variable = 'DATABASE_URL'): PostgresAddress => {
  const url = new URL(text);
  const taken = new Map(sslParameters.map((name) => [name, url.searchParams.get(name) ?? undefined]));
  for (const name of sslParameters) url.searchParams.delete(name);
  const mode = taken.get('sslmode') ?? 'disable';
  const problems = sslModes.includes(mode)
    ? []
    : [`${variable}: sslmode must be one of ${sslModes.join(', ')}`];
  if (mode === 'disable')
    for (const [name, value] of taken)
      if (value && name !== 'sslmode') problems.push(`${variable}: ${name} is of no use without sslmode`);
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => {
    const { pem, problem } = readPem(taken.get(name), `${variable}: ${name}`);
    if (problem) problems.push(problem);
    return pem;
  });
  problems.push(...caProblems(`${variable}: sslrootcert`, ca));
  problems.push(...identityProblems([`${variable}: sslcert`, `${variable}: sslkey`], { cert, key }));
  if (problems.length > 0) throw configError(problems);
  const texts = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const tls = { ...texts, rejectUnauthorized: mode === 'verify-full', ALPNProtocols: ['postgresql'] };
  return {
    url: taken.get('sslmode') === undefined ? text : url.href,
    tls: mode === 'disable' ? undefined : tls,
  };
};

const sslParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
const sslModes = ['disable', 'require', 'verify-full'];

/** What a client of Redis connects with under rediss://. Throws a ConfigError. */
export const redisTls = (url: string, ca: string | undefined): ConnectionOptions | undefined => {
  const isEncrypted = url.startsWith('rediss:');
  const problems = caProblems('REDIS_SSL_CA', ca);
  if (ca && !isEncrypted)
    problems.push('REDIS_SSL_CA is of use with rediss:// alone, and REDIS_URL says otherwise');
  if (problems.length > 0) throw configError(problems);
  return isEncrypted ? { ...(ca && { ca }) } : undefined;
};

/** The paths of what a server shows, in PEM. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

/** Undefined where a service speaks plain HTTP. Throws a ConfigError where the files are of no use. */
export const httpTls = (
  config: Pick<Static<TObject<typeof httpEnv>>, 'TLS_CERT_FILE' | 'TLS_KEY_FILE'>,
): TlsFiles | undefined => {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = config;
  if (!certFile && !keyFile) return undefined;
  if (!certFile || !keyFile) throw configError([together('TLS_CERT_FILE', 'TLS_KEY_FILE')]);
  readIdentity({ certFile, keyFile });
  return { certFile, keyFile };
};

/** Throws a ConfigError. */
export const readIdentity = ({ certFile, keyFile }: TlsFiles): { cert: string; key: string } => {
  const { pem: cert = '', ...certFault } = readPem(certFile, 'TLS_CERT_FILE');
  const { pem: key = '', ...keyFault } = readPem(keyFile, 'TLS_KEY_FILE');
  const unread = [certFault, keyFault].flatMap(({ problem }) => problem ?? []);
  const problems =
    unread.length > 0 ? unread : identityProblems(['TLS_CERT_FILE', 'TLS_KEY_FILE'], { cert, key });
  if (problems.length > 0) throw configError(problems);
  return { cert, key };
};

const together = (one: string, other: string) => `${one} and ${other} are needed together`;

/** What is given although the protocol makes no use of it: somebody takes for secured what is not. */
const unused = (config: Static<TObject<typeof kafkaEnv>>, prefix: string): string[] =>
  Object.keys(config)
    .filter((name) => name.startsWith(prefix) && name !== 'KAFKA_SASL_MECHANISM')
    .map((name) => `${name} is of no use with KAFKA_SECURITY_PROTOCOL=${config.KAFKA_SECURITY_PROTOCOL}`);

const readPem = (path: string | undefined, name: string): { pem?: string; problem?: string } => {
  // libpq's word for the authorities of the system.
  if (path === undefined || path === 'system') return {};
  try {
    return { pem: readFileSync(path, 'utf8') };
  } catch (error) {
    return { problem: `${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
};

/** A bundle may hold expired ones, as those of systems do, beside others. */
const caProblems = (name: string, pem: string | undefined): string[] => {
  if (pem === undefined) return [];
  const certificates = certificatesOf(pem);
  if (!certificates?.length) return [`${name} holds no certificate in PEM`];
  const expired = certificates.map(expiry);
  return expired.every((text) => text !== undefined)
    ? [`${name} holds a certificate that ${expired[0]}`]
    : [];
};

const identityProblems = (
  [certName, keyName]: readonly [string, string],
  { cert, key, passphrase }: Partial<Record<'cert' | 'key' | 'passphrase', string | undefined>>,
): string[] => {
  if (cert === undefined && key === undefined) return [];
  if (cert === undefined || key === undefined) return [together(certName, keyName)];
  const [first] = certificatesOf(cert) ?? [];
  if (!first) return [`${certName} holds no certificate in PEM`];
  const expired = expiry(first);
  if (expired) return [`${certName} holds a certificate that ${expired}`];
  try {
    const fits = first.checkPrivateKey(createPrivateKey({ key, ...(passphrase && { passphrase }) }));
    return fits ? [] : [`${keyName} is not the key of the certificate in ${certName}`];
  } catch {
    return [`${keyName} holds no key in PEM that can be read`];
  }
};

const certificatesOf = (pem: string): X509Certificate[] | undefined => {
  try {
    return (pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? []).map(
      (block) => new X509Certificate(block),
    );
  } catch {
    return undefined;
  }
};

const expiry = ({ validToDate }: X509Certificate): string | undefined =>
  validToDate.getTime() < Date.now() ? `expired on ${validToDate.toISOString().slice(0, 10)}` : undefined;
