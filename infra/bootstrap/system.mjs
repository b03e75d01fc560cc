import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runLogged, say } from './progress.mjs';

const downloadTimeoutMs = 5_000;
/** The Kafka client's ready-made program; where it cannot be fetched, it is compiled on this machine. */
const downloads = 'https://github.com/confluentinc/confluent-kafka-javascript/releases';

/** What compiling the Kafka client needs: how to see that it is there, and its Debian package. */
const compilerNeeds = [
  { name: 'g++', there: () => onPath('g++') || onPath('c++'), debian: 'g++' },
  { name: 'make', there: () => onPath('make'), debian: 'make' },
  { name: 'python3', there: () => onPath('python3'), debian: 'python3' },
  { name: 'the headers of OpenSSL', there: () => hasHeader('openssl/ssl.h'), debian: 'libssl-dev' },
  { name: 'the headers of zlib', there: () => hasHeader('zlib.h'), debian: 'zlib1g-dev' },
];

/**
 * Sees to what npm cannot bring: the compiler, where the Kafka client must be compiled, and Redis. As root on Debian
 * it installs them, and says so; otherwise it says what to install.
 *
 * @returns {Promise<string | undefined>} what to tell the person if compiling fails
 */
export const prepareSystem = async () => {
  const lacking = compilerNeeds.filter(({ there }) => !there());
  const compilerLacking = lacking.length > 0 && !(await canDownload());
  const packages = compilerLacking ? lacking.map(({ debian }) => debian) : [];
  if (!hasRedis()) packages.push('redis-server');
  if (packages.length === 0) return undefined;

  if (!mayInstall()) return advise(compilerLacking ? lacking : []);
  await aptInstall(packages);
  return compilerLacking && compilerNeeds.some(({ there }) => !there()) ? advise(lacking) : undefined;
};

/** The install is tried also without a compiler: pnpm's store may hold the compiled client already. */
const advise = (/** @type {typeof compilerNeeds} */ lacking) => {
  if (!hasRedis()) {
    say('No redis-server on this machine: going on without, each service caches on its own.');
    say('  For Redis: sudo apt-get install redis-server');
  }
  if (lacking.length === 0) return undefined;
  const names = lacking.map(({ name }) => name).join(', ');
  const packages = lacking.map(({ debian }) => debian).join(' ');
  const advice = `The Kafka client has to be compiled on this machine; missing: ${names}. To install: sudo apt-get install ${packages}`;
  say(advice);
  return advice;
};

const mayInstall = () => process.getuid?.() === 0 && onPath('apt-get');

/** Debian starts a server with its package; a policy of 101 forbids that: the mesh runs a Redis of its own. */
const aptInstall = async (/** @type {string[]} */ packages) => {
  say(`Installing from Debian, because this runs as root: ${packages.join(' ')}`);
  const policy = '/usr/sbin/policy-rc.d';
  const removePolicy = () => rmSync(policy, { force: true });
  const ours = !existsSync(policy);
  if (ours) {
    // Also when Ctrl-C ends this process: no service would ever be started on this machine again.
    process.once('exit', removePolicy);
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runLogged('apt-get update', 'apt-get', ['update', '-qq'], { env });
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  const { code, lastLines } = await runLogged('apt-get install', 'apt-get', args, { env });
  if (code !== 0) say(`apt-get could not install them:\n${lastLines.slice(-3).join('\n')}`);
  process.off('exit', removePolicy);
  if (ours) removePolicy();
};

const canDownload = async () => {
  try {
    const { ok } = await fetch(downloads, { method: 'HEAD', signal: AbortSignal.timeout(downloadTimeoutMs) });
    return ok;
  } catch {
    return false;
  }
};

const hasRedis = () => onPath('redis-server') || onPath('valkey-server');

const hasHeader = (/** @type {string} */ header) =>
  process.platform !== 'linux' ||
  [
    '/usr/include',
    '/usr/local/include',
    '/usr/include/x86_64-linux-gnu',
    '/usr/include/aarch64-linux-gnu',
  ].some((folder) => existsSync(join(folder, header)));

const onPath = (/** @type {string} */ name) =>
  [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
