import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

/**
 * Stands in for a metrics server: every pod uses the same share of a processor, which the test says.
 *
 * @param {{ folder: string, pods: () => any[] }} options
 */
export const servePodMetrics = async ({ folder, pods }) => {
  const identity = ['-keyout', 'metrics.key', '-out', 'metrics.pem', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...identity], {
    cwd: folder,
    stdio: 'ignore',
  });
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name));
  let milliCpu = 0;
  const server = createServer(
    { key: read('metrics.key'), cert: read('metrics.pem') },
    ({ url = '' }, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(url, pods, milliCpu)));
    },
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    manifests: apiServiceAt(port),
    use: (/** @type {number} */ amount) => {
      milliCpu = amount;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const apiVersion = 'metrics.k8s.io/v1beta1';

const answer = (
  /** @type {string} */ url,
  /** @type {() => any[]} */ pods,
  /** @type {number} */ milliCpu,
) => {
  if (!url.includes('/pods'))
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersion,
      resources: [{ name: 'pods', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
    };
  const selector = new URL(url, 'https://localhost').searchParams.get('labelSelector') ?? '';
  const wanted = selector.split(',').map((one) => one.split('='));
  const items = pods()
    .filter(({ metadata }) => wanted.every(([name = '', value]) => metadata.labels[name] === value))
    .map(({ metadata: { name, namespace, labels }, spec }) => ({
      metadata: { name, namespace, labels },
      timestamp: new Date().toISOString(),
      window: '30s',
      containers: spec.containers.map((/** @type {any} */ one) => ({
        name: one.name,
        usage: { cpu: `${milliCpu}m`, memory: '100Mi' },
      })),
    }));
  return { kind: 'PodMetricsList', apiVersion, metadata: {}, items };
};

const apiServiceAt = (/** @type {number} */ port) => `apiVersion: v1
kind: Service
metadata: { name: metrics, namespace: kube-system }
spec: { type: ExternalName, externalName: localhost, ports: [{ port: ${port} }] }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.metrics.k8s.io }
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: { name: metrics, namespace: kube-system, port: ${port} }
`;
