import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, processes } from '../../observability/processes.mjs';
import { clusterCommands } from './build.mjs';

const token = 'an-administrator-of-this-test';
const nodes = 6;
const outputMax = 64 * 1024 * 1024;

/**
 * A control plane of Kubernetes on the loopback, with simulated nodes in three zones.
 *
 * @param {string} folder of its data, an empty one; it goes with the cluster
 */
export const openCluster = async (folder) => {
  const commands = clusterCommands();
  const { start, stop } = processes(folder);
  const [etcdPort, peerPort, apiPort, managerPort, schedulerPort, kwokPort] = ports(await freePorts(6));
  const kubeconfig = join(folder, 'kubeconfig');
  const file = (/** @type {string} */ name, /** @type {string} */ text) =>
    writeFileSync(join(folder, name), text);
  /** Starts a program with its flags, until its output holds `ready`. @param {string} name @param {Record<string, unknown>} flags @param {string} ready */
  const run = (name, flags, ready) =>
    start(
      join(commands, name),
      Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      ready,
    );

  execFileSync('openssl', ['genrsa', '-out', 'accounts.key', '2048'], { cwd: folder, stdio: 'ignore' });
  file('tokens.csv', `${token},admin,admin,system:masters\n`);
  file('kubeconfig', kubeconfigOf(`https://127.0.0.1:${apiPort}`));
  const at = (/** @type {number | undefined} */ port) => `http://127.0.0.1:${port}`;
  await run('etcd', etcdFlags(at(etcdPort), at(peerPort)), 'ready to serve client requests');
  await run('kube-apiserver', apiFlags(at(etcdPort), apiPort), 'Serving securely');

  const kubectl = (/** @type {string[]} */ ...args) =>
    execFileSync(join(commands, 'kubectl'), ['--kubeconfig', kubeconfig, ...args], {
      encoding: 'utf8',
      maxBuffer: outputMax,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  /** Applies manifests by their text. @param {string} text @param {string[]} args */
  const apply = (text, ...args) => {
    file('manifests.yaml', text);
    const path = join(folder, 'manifests.yaml');
    return kubectl('apply', '--server-side', '--validate=strict', '-f', path, ...args);
  };

  const client = { kubeconfig, 'bind-address': '127.0.0.1', 'leader-elect': false, v: 1 };
  const manager = { ...client, ...managerFlags, 'secure-port': managerPort };
  await run('kube-controller-manager', manager, 'Serving securely');
  const scheduler = { ...client, 'cert-dir': 'scheduler', 'secure-port': schedulerPort };
  await run('kube-scheduler', scheduler, 'Serving securely');
  const stages = join(commands, 'stages.yaml');
  const kubelets = {
    kubeconfig,
    config: stages,
    'manage-all-nodes': true,
    'node-lease-duration-seconds': 40,
  };
  await run('kwok', { ...kubelets, 'server-address': `127.0.0.1:${kwokPort}` }, 'Starting');
  apply(Array.from({ length: nodes }, (_, index) => nodeOf(index)).join('---\n'));

  return {
    kubectl,
    apply,
    /** POSTs an object to a path of the API. @param {string} path @param {unknown} body */
    create: (path, body) => {
      file('body.json', JSON.stringify(body));
      return kubectl('create', '--raw', path, '-f', join(folder, 'body.json'));
    },
    /** @param {string[]} args @returns {any} */
    read: (...args) => JSON.parse(kubectl('get', '-o', 'json', ...args)),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const etcdFlags = (/** @type {string} */ clients, /** @type {string} */ peers) => ({
  'data-dir': 'etcd',
  'listen-client-urls': clients,
  'advertise-client-urls': clients,
  'listen-peer-urls': peers,
  'initial-advertise-peer-urls': peers,
  'initial-cluster': `default=${peers}`,
  'unsafe-no-fsync': true,
});

const apiFlags = (/** @type {string} */ etcd, /** @type {number | undefined} */ port) => ({
  'etcd-servers': etcd,
  'secure-port': port,
  'bind-address': '127.0.0.1',
  'advertise-address': '127.0.0.1',
  'cert-dir': 'certificates',
  'token-auth-file': 'tokens.csv',
  'authorization-mode': 'RBAC',
  'service-account-issuer': 'https://cluster.test',
  'service-account-key-file': 'accounts.key',
  'service-account-signing-key-file': 'accounts.key',
  'service-cluster-ip-range': '10.96.0.0/16',
  'endpoint-reconciler-type': 'none',
  v: 1,
});

const managerFlags = {
  'cert-dir': 'manager',
  'service-account-private-key-file': 'accounts.key',
  'use-service-account-credentials': true,
  'horizontal-pod-autoscaler-sync-period': '2s',
  'horizontal-pod-autoscaler-initial-readiness-delay': '1s',
};

const ports = (/** @type {number} */ base) => Array.from({ length: 6 }, (_, index) => base + index);

const kubeconfigOf = (/** @type {string} */ server) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });

const nodeOf = (/** @type {number} */ index) => `apiVersion: v1
kind: Node
metadata:
  name: node-${index}
  annotations: { kwok.x-k8s.io/node: fake }
  labels: { kubernetes.io/hostname: node-${index}, topology.kubernetes.io/zone: zone-${index % 3} }
`;
