/**
 * The overlays on a real control plane of Kubernetes, whose nodes are simulated: everything is taken by server-side
 * apply, and rollouts, autoscalers and disruption budgets do what they are for. No part of CI, since compiling
 * Kubernetes takes long:
 *   node --test infra/k8s/real-api-server.smoke.mjs      (with Node 24)
 */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { serviceNames } from '@souk/contracts/services.ts';
import { root } from '../bootstrap/places.mjs';
import { partsOf } from '../helm/overlays.mjs';
import { manifestsOf, profiles, renderProfile } from '../helm/render.mjs';
import { openCluster } from './cluster/cluster.mjs';
import { servePodMetrics } from './cluster/pod-metrics.mjs';

const setUpDeadlineMs = 3_600_000;
const waitMs = 400_000;
const pollMs = 250;
/** @type {Awaited<ReturnType<typeof openCluster>>} */
let cluster;
/** @type {Awaited<ReturnType<typeof servePodMetrics>>} */
let metrics;

before(
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'souk-cluster-'));
    cluster = await openCluster(folder);
    metrics = await servePodMetrics({ folder, pods: () => cluster.read('pods', '-n', 'souk').items });
    cluster.apply(`apiVersion: v1
kind: Namespace
metadata: { name: souk, labels: { pod-security.kubernetes.io/enforce: restricted } }
---
${metrics.manifests}---
${definitions()}`);
    metrics.use(20);
    cluster.kubectl('wait', '--for=condition=established', 'crd', '--all', '--timeout=60s');
    // Asked again and again, since this process is the metrics server.
    await until(
      () => isAvailable(cluster.read('apiservice', 'v1beta1.metrics.k8s.io')),
      'metrics are served',
    );
  },
  { timeout: setUpDeadlineMs },
);
after(
  async () => {
    metrics?.stop();
    await cluster?.stop();
  },
  { timeout: waitMs },
);

/** Definitions for the kinds of operators, which take any field: their schemas are checked elsewhere. */
const definitions = () => {
  const all = Object.keys(profiles).flatMap((name) =>
    manifestsOf(renderProfile(/** @type {keyof typeof profiles} */ (name))),
  );
  const kinds = new Map(
    all
      .filter(({ apiVersion }) =>
        /^(?!.*k8s\.io|apps|batch|policy|autoscaling|v1$).*\/|gateway\./.test(apiVersion),
      )
      .map((one) => [one.kind, one.apiVersion]),
  );
  return [...kinds].map(([kind, apiVersion]) => definition(kind, ...apiVersion.split('/'))).join('---\n');
};

const definition = (/** @type {string} */ kind, group = '', version = '') => {
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.${group}
  annotations: { api-approved.kubernetes.io: unapproved }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: ${kind}, plural: ${plural} }
  versions:
    - name: ${version}
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
};

/** Until it holds. @param {() => unknown} holds @param {string} what */
const until = async (holds, what) => {
  for (const end = Date.now() + waitMs; !holds(); await pause(pollMs))
    assert.ok(Date.now() < end, `not within ${waitMs} ms: ${what}`);
};
const deployment = (/** @type {string} */ service) =>
  cluster.read('deployment', `souk-${service}`, '-n', 'souk');
const podsOf = (/** @type {string} */ service) =>
  cluster.read('pods', '-n', 'souk', '-l', `app.kubernetes.io/name=${service}`).items;
const isWhole = ({ spec, status, metadata }) =>
  status.observedGeneration === metadata.generation &&
  status.updatedReplicas === spec.replicas &&
  status.availableReplicas === spec.replicas &&
  status.replicas === spec.replicas;
const isAvailable = ({ status }) =>
  status?.conditions?.some((/** @type {any} */ one) => one.type === 'Available' && one.status === 'True');
const applyOverlay = (/** @type {string} */ name) =>
  cluster.kubectl(
    'apply',
    '--server-side',
    '--validate=strict',
    '--force-conflicts',
    '-k',
    join(root, 'infra/k8s/overlays', name),
  );

test('every object of each profile is taken by server-side apply, and a second time nothing changes', {
  timeout: waitMs,
}, () => {
  for (const name of /** @type {const} */ (['everything', 'production'])) {
    const { monitoring, overlay } = partsOf(name);
    assert.equal(applyOverlay(name).trim().split('\n').length, manifestsOf(`${overlay}`).length);
    cluster.apply(`${monitoring}`, '-n', 'souk');
    const generations = () =>
      cluster
        .read('deployments,networkpolicies,pdb', '-n', 'souk')
        .items.map((/** @type {any} */ one) => one.metadata.generation);
    const before = generations();
    applyOverlay(name);
    assert.deepEqual(generations(), before);
  }
  cluster.kubectl('delete', 'rollouts,scaledobjects', '--all', '-n', 'souk');
});

test('the pods of every service and of the jobs run in a namespace that is restricted', {
  timeout: waitMs,
}, async () => {
  await until(
    () =>
      serviceNames.every(
        (service) => isWhole(deployment(service)) && deployment(service).spec.replicas === 3,
      ),
    'all deployments are available',
  );
  await until(
    () =>
      cluster.read('jobs', '-n', 'souk').items.every((/** @type {any} */ one) => one.status.succeeded === 1),
    'all jobs have ended',
  );
  assert.throws(
    () => cluster.kubectl('run', 'root', '-n', 'souk', '--image=busybox:1'),
    /violates PodSecurity/,
  );
});

test('replicas stand in different zones', { timeout: waitMs }, () => {
  for (const service of serviceNames) {
    const zones = podsOf(service).map(
      (/** @type {any} */ { spec }) => Number(spec.nodeName.replace('node-', '')) % 3,
    );
    assert.equal(new Set(zones).size, 3, `${service}: ${zones}`);
  }
});

test('while a service is rolled out, never fewer replicas are available than before', {
  timeout: waitMs,
}, async () => {
  for (const service of serviceNames) {
    const { replicas } = deployment(service).spec;
    cluster.kubectl(
      'set',
      'image',
      `deployment/souk-${service}`,
      `${service}=souk/${service}:0.2.1`,
      '-n',
      'souk',
    );
    let least = Number.POSITIVE_INFINITY;
    await until(() => {
      const now = deployment(service);
      least = Math.min(least, now.status.availableReplicas ?? 0);
      return isWhole(now);
    }, `${service} is rolled out`);
    assert.ok(least >= replicas, `${service}: ${least} of ${replicas}`);
    assert.ok(
      podsOf(service).every((/** @type {any} */ { spec }) => spec.containers[0].image.endsWith(':0.2.1')),
    );
  }
});

test('a release that never becomes ready takes nothing away, and is undone', {
  timeout: waitMs,
}, async () => {
  const nowhere = JSON.stringify({ spec: { template: { spec: { nodeSelector: { nowhere: 'true' } } } } });
  const { replicas } = deployment('user').spec;
  cluster.kubectl('patch', 'deployment', 'souk-user', '-n', 'souk', '-p', nowhere);
  await until(() => deployment('user').status.unavailableReplicas === 1, 'the new pod is pending');
  assert.equal(deployment('user').status.availableReplicas, replicas);
  cluster.kubectl('rollout', 'undo', 'deployment/souk-user', '-n', 'souk');
  await until(() => isWhole(deployment('user')), 'the release is undone');
});

test('one pod of a service at a time is evicted', { timeout: waitMs }, async () => {
  for (const { metadata } of cluster.read('nodes').items) cluster.kubectl('cordon', metadata.name);
  await until(
    () => cluster.read('pdb', 'souk-product', '-n', 'souk').status.disruptionsAllowed === 1,
    'the budget is known',
  );
  const [first, second] = podsOf('product').map((/** @type {any} */ { metadata }) => metadata.name);
  const evict = (/** @type {string} */ name) => {
    const path = `/api/v1/namespaces/souk/pods/${name}/eviction`;
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'souk' } };
    return cluster.create(path, body);
  };
  evict(first);
  assert.throws(() => evict(second), /TooManyRequests|disruption budget/);
  for (const { metadata } of cluster.read('nodes').items) cluster.kubectl('uncordon', metadata.name);
  await until(() => isWhole(deployment('product')), 'the pod is replaced');
});

test('autoscalers add replicas under load, a consumer up to its partitions, and take them away slowly', {
  timeout: 2 * waitMs,
}, async () => {
  const most = { user: 12, product: 12, recommendation: 4, analytics: 4 };
  metrics.use(500);
  for (const [service, max] of Object.entries(most))
    await until(() => deployment(service).status.availableReplicas === max, `${service} has ${max} replicas`);
  for (const service of ['recommendation', 'analytics']) {
    const { status } = cluster.read('hpa', `souk-${service}`, '-n', 'souk');
    assert.ok(
      status.conditions.some(
        (/** @type {any} */ one) => one.type === 'ScalingLimited' && one.status === 'True',
      ),
    );
  }
  metrics.use(1);
  const held = () => cluster.read('hpa', 'souk-user', '-n', 'souk').status.conditions;
  await until(
    () => held().some((/** @type {any} */ { reason }) => reason === 'ScaleDownStabilized'),
    'scaling down waits',
  );
  assert.equal(deployment('user').spec.replicas, most.user);
});
