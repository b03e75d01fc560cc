import { BlockList, isIP, isIPv6 } from 'node:net';
import { listOf } from '../config/addresses.ts';
import { configError } from '../config/config-error.ts';

/** The password of every role in the compose file, which everybody knows. */
const laptopPassword = 'laptop-only';

interface AccessConfig {
  HOST: string;
  PUBLISHED_ADDRESS?: string;
  OPERATOR_PORT?: number;
  OPERATOR_HOST?: string;
  AUTH_MODE: 'open' | 'required';
  AUTH_JWKS_FILE?: string;
  DATABASE_URL: string;
  MIGRATION_DATABASE_URL?: string;
  ALLOWED_HOSTS?: string;
}

/** Throws a ConfigError when strangers could reach the service without a token, or know its password. */
export const checkAccessConfig = (config: AccessConfig): void => {
  const { AUTH_MODE, AUTH_JWKS_FILE } = config;
  const problems: string[] = [];
  const reachedAt = addressesOf(config).find((address) => !isLoopback(address));
  if (reachedAt !== undefined) {
    if (AUTH_MODE === 'open')
      problems.push(
        `AUTH_MODE must be required where others reach the service, which is at ${reachedAt}; in a container whose ` +
          'port is published for this machine alone, PUBLISHED_ADDRESS=127.0.0.1 says so',
      );
    for (const name of ['DATABASE_URL', 'MIGRATION_DATABASE_URL'] as const)
      if (config[name] && decodeURIComponent(new URL(config[name]).password) === laptopPassword)
        problems.push(`${name} must have a password of its own where others reach the service`);
  }
  if (AUTH_MODE === 'required' && AUTH_JWKS_FILE === undefined)
    problems.push('AUTH_JWKS_FILE is missing (the file with the public keys; souk keys rotate writes one)');
  if (problems.length > 0) throw configError(problems);
};

const addressesOf = ({
  HOST,
  PUBLISHED_ADDRESS,
  OPERATOR_PORT,
  OPERATOR_HOST = HOST,
}: AccessConfig): string[] => {
  if (PUBLISHED_ADDRESS !== undefined) return [PUBLISHED_ADDRESS];
  return OPERATOR_PORT === undefined ? [HOST] : [HOST, OPERATOR_HOST];
};

/** The names that requests may come under; undefined where any will do, since the service is not on the loopback. */
export const allowedHosts = ({
  HOST,
  PUBLISHED_ADDRESS,
  ALLOWED_HOSTS,
}: Pick<AccessConfig, 'HOST' | 'PUBLISHED_ADDRESS' | 'ALLOWED_HOSTS'>): string[] | undefined => {
  const reachedAt = PUBLISHED_ADDRESS ?? HOST;
  return ALLOWED_HOSTS === undefined && !isLoopback(reachedAt) ? undefined : listOf(ALLOWED_HOSTS);
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches an address. */
export const isLoopback = (host: string): boolean => {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0) return address === 'localhost';
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
};
