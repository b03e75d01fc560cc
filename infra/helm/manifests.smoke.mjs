/**
 * The chart with three sets of values: linted by Helm's own packages, valid by the schemas of Kubernetes and of the
 * operators, within policies, and the same as the overlays of infra/k8s. `npm run manifests` writes those;
 * this is the part manifests of .ci/run.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../bootstrap/places.mjs';
import { overlayFiles, overlaysFolder } from './overlays.mjs';
import { brokenPolicies, isWorkload, policies } from './policies.mjs';
import { manifestsOf, profiles, render, renderProfile } from './render.mjs';
import { unknownFields, valueFault } from './schemas.mjs';
import { kubernetesModels, rendererCommand } from './tools.mjs';

/** @typedef {import('./render.mjs').Manifest} Manifest */

const setUpDeadlineMs = 900_000;
const names = /** @type {(keyof typeof profiles)[]} */ (Object.keys(profiles));
/** @type {Record<string, Manifest[]>} */
const manifests = {};
/** @type {string} */
let folder;

before(
  () => {
    rendererCommand();
    kubernetesModels();
    folder = mkdtempSync(join(tmpdir(), 'souk-manifests-'));
    for (const name of names) manifests[name] = manifestsOf(renderProfile(name));
  },
  { timeout: setUpDeadlineMs },
);
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} profile @param {string} kind */
const ofKind = (profile, kind) => (manifests[profile] ?? []).filter((one) => one.kind === kind);
/** @param {string} profile */
const workloads = (profile) => (manifests[profile] ?? []).filter(isWorkload);
/** @param {any} selector @param {any} labels */
const selects = ({ matchLabels }, labels) =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
/** @param {string} text of values */
const rendering = (text) => {
  const file = join(folder, 'values.yaml');
  writeFileSync(file, text);
  return () => render([file]);
};

for (const name of names)
  describe(`the profile ${name}`, () => {
    test('fits the schema of every kind', () => {
      assert.deepEqual(manifests[name]?.map(valueFault).filter(Boolean), []);
    });

    test('uses fields that every kind has', () => {
      assert.equal(unknownFields(manifests[name] ?? []), '');
    });

    test('breaks no policy', () => {
      assert.ok(workloads(name).length >= 10);
      const broken = workloads(name).map((one) => [one.metadata.name, ...brokenPolicies(one)]);
      assert.deepEqual(
        broken.filter(({ length }) => length > 1),
        [],
      );
    });

    test('names every object once', () => {
      const all = manifests[name]?.map(({ kind, metadata }) => `${kind} ${metadata.name}`) ?? [];
      assert.equal(new Set(all).size, all.length);
    });

    test('gives every pod a policy that denies what no other allows', () => {
      const [deny] = ofKind(name, 'NetworkPolicy').filter(({ metadata }) =>
        metadata.name.endsWith('-default-deny'),
      );
      assert.deepEqual(deny?.spec.policyTypes, ['Ingress', 'Egress']);
      assert.equal(deny.spec.ingress, undefined);
      for (const { spec } of workloads(name))
        assert.ok(selects(deny.spec.podSelector, spec.template.metadata.labels));
    });

    test('sends traffic to the pods of a service alone, and keeps all but one of them', () => {
      for (const { kind, metadata, spec } of workloads(name)) {
        const { labels } = spec.template.metadata;
        const found = [...ofKind(name, 'Service'), ...ofKind(name, 'PodDisruptionBudget')].filter((one) =>
          selects(one.kind === 'Service' ? { matchLabels: one.spec.selector } : one.spec.selector, labels),
        );
        const own = [metadata.name, metadata.name];
        assert.deepEqual(
          found.map((one) => one.metadata.name),
          kind === 'Job' ? [] : own,
        );
      }
      for (const { spec } of ofKind(name, 'PodDisruptionBudget')) assert.equal(spec.maxUnavailable, 1);
    });

    test('sets variables that the services read, to values that they take', async () => {
      const { readEnv } = await import(join(root, 'packages/service-kit/src/config/read-env.ts'));
      const { serviceNames } = await import(join(root, 'packages/contracts/src/services.ts'));
      for (const { metadata, spec } of workloads(name)) {
        const [{ image, env }] = spec.template.spec.containers;
        const [, service] = /souk\/(\w+):/.exec(image) ?? [];
        if (service === 'souk') continue;
        const home = serviceNames.includes(service) ? 'services' : 'packages';
        const { configSchema } = await import(join(root, home, `${service}`, 'src/config.ts'));
        const given = Object.fromEntries(env.map(variableOf));
        readEnv(configSchema, { ...given, HOST: '0.0.0.0', PORT: '8080' });
        // The console reads less than what every service reads.
        for (const variable of Object.keys(given)) {
          if (home === 'packages' && !/URL|KAFKA|MODE/.test(variable)) continue;
          const isRead = [variable, variable.replace(/_FILE$/, '')].some(
            (one) => one in configSchema.properties,
          );
          assert.ok(isRead, `${metadata.name} does not read ${variable}`);
        }
      }
    });
  });

/** A variable as the pod has it, a secret as a file that is here. @param {{ name: string, value: string }} variable */
const variableOf = ({ name, value }) => {
  if (!value.startsWith('/run/secrets/')) return [name, value];
  const path = join(folder, name);
  writeFileSync(path, secretFor(name));
  return [name, path];
};

/** A value of the form that a variable wants. @param {string} variable */
const secretFor = (variable) => {
  if (/DATABASE_URL/.test(variable)) return 'postgres://role:word@db:5432/souk';
  return /REDIS_URL/.test(variable) ? 'redis://redis:6379' : 'text';
};

test('a consumer never has more replicas than partitions to read, and the chart knows how many the contracts have', async () => {
  const { kafkaTopics } = await import(join(root, 'packages/contracts/src/topics.ts'));
  const { serviceNames } = await import(join(root, 'packages/contracts/src/services.ts'));
  const partitions = Math.min(...kafkaTopics.map((/** @type {any} */ topic) => topic.partitions));
  for (const name of names) {
    const limits = [...ofKind(name, 'HorizontalPodAutoscaler'), ...ofKind(name, 'ScaledObject')]
      .filter(({ metadata }) => /recommendation|analytics/.test(metadata.name))
      .map(({ spec }) => spec.maxReplicas ?? spec.maxReplicaCount);
    assert.ok(limits.every((max) => max <= partitions));
    const services = workloads(name)
      .filter(({ kind }) => kind !== 'Job')
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(services, [...serviceNames, 'console'].map((service) => `souk-${service}`).sort());
  }
  const refused = rendering(
    `services: { analytics: { autoscaling: { kind: keda, max: ${partitions + 1} } } }`,
  );
  assert.throws(refused, /above the \d+ partitions/);
  assert.match(
    rendering(`services: { analytics: { autoscaling: { kind: keda, max: ${partitions} } } }`)(),
    /ScaledObject/,
  );
});

for (const [fault, values, said] of [
  ['the tag latest', 'image: { tag: latest }', "at '/image/tag'"],
  ['a misspelled value', 'servces: {}', "'servces' not allowed"],
  ['a service that does not exist', 'services: { prices: { enabled: true } }', "'prices' not allowed"],
  ['a secret as a value', 'secrets: { PAYMENT_SECRETS: hunter2 }', "at '/secrets/PAYMENT_SECRETS'"],
  ['a drain that is longer than services take', 'drainSeconds: 121', "at '/drainSeconds'"],
  [
    'a digest that is none',
    'services: { user: { image: { digest: "sha256:1" } } }',
    "at '/services/user/image/digest'",
  ],
])
  test(`the schema of the values refuses ${fault}`, () => {
    assert.throws(rendering(`${values}`), ({ stderr }) => stderr.includes(said));
  });

test('what is before the services lets their streams go on, and their largest batches in', () => {
  for (const { spec } of ofKind('everything', 'HTTPRoute'))
    for (const { timeouts } of spec.rules) assert.equal(timeouts.request, '0s');
  const [ingress] = ofKind('production', 'Ingress');
  const source = readFileSync(join(root, 'services/user/src/activity/batch-routes.ts'), 'utf8');
  const [, mebibytes] = /bodyLimitBytes = (\d+) \* 1024 \* 1024;/.exec(source) ?? [];
  const annotations = ingress?.metadata.annotations;
  assert.equal(annotations?.['nginx.ingress.kubernetes.io/proxy-body-size'], `${mebibytes}m`);
});

test('an image is named by its digest where one is given', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const text = rendering(
    `{ image: { registry: registry.example.org/ }, services: { user: { image: { tag: 1.2.3, digest: ${digest} } } } }`,
  )();
  assert.match(text, new RegExp(`image: registry.example.org/souk/user:1.2.3@${digest}`));
});

test('the examples are valid as far as their kinds are known', () => {
  const examples = join(root, 'infra/k8s/examples');
  const all = readdirSync(examples).flatMap((name) =>
    manifestsOf(readFileSync(join(examples, name), 'utf8')),
  );
  assert.ok(all.some(({ kind }) => kind === 'ExternalSecret'));
  assert.deepEqual(all.map(valueFault).filter(Boolean), []);
  assert.equal(unknownFields(all), '');
});

test('the rules and dashboards are those of this repository', () => {
  const rules = ofKind('production', 'PrometheusRule').map(({ spec }) => spec);
  const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
  assert.deepEqual(
    rules,
    ['alerts', 'recording'].map((name) => manifestsOf(read(`prometheus/rules/${name}.yml`))[0]),
  );
  const dashboards = ofKind('production', 'ConfigMap').flatMap(({ data }) => Object.entries(data));
  assert.deepEqual(
    dashboards.map(([name]) => name),
    readdirSync(join(root, 'grafana/dashboards')),
  );
  for (const [name, text] of dashboards)
    assert.deepEqual(JSON.parse(text), JSON.parse(read(`grafana/dashboards/${name}`)));
});

test('no alert waits for a service that is not installed, and that of memory knows the limit', () => {
  const values = (/** @type {string} */ memory) =>
    `{ monitoring: { enabled: true }, services: { analytics: { enabled: false } }, resources: { limits: { memory: ${memory} } } }`;
  const rules = rendering(values('2Gi'))();
  assert.match(rules, /absent\(up{job="souk", service="recommendation"}\)/);
  assert.doesNotMatch(rules, /service="analytics"/);
  assert.match(rules, / > 0\.85 \* 2048 \* 1024 \* 1024\n/);
  assert.match(rules, /limit is 2048 MiB/);
  assert.throws(rendering(values('1.5Gi')), /resources\.limits\.memory is 1\.5Gi/);
});

test('the overlays are what the chart makes of the profiles (npm run manifests)', () => {
  const wanted = overlayFiles();
  const present = readdirSync(overlaysFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(overlaysFolder.length + 1));
  assert.deepEqual(present.sort(), [...wanted.keys()].sort());
  for (const [path, text] of wanted)
    assert.ok(readFileSync(join(overlaysFolder, path), 'utf8') === text, `${path} differs`);
});

describe('what the checks are for', () => {
  const isDrain = (/** @type {any} */ { name }) => name === 'SHUTDOWN_DRAIN_MS';
  /** @param {(spec: any, container: any) => void} change */
  const broken = (change) => {
    const [found] = ofKind('small', 'Deployment');
    const copy = structuredClone(/** @type {Manifest} */ (found));
    change(copy.spec, copy.spec.template.spec.containers[0]);
    return copy;
  };

  test('each policy is broken by a workload that breaks it', () => {
    const faults = [
      broken((_, container) => Object.assign(container, { image: 'souk/user:latest' })),
      broken((_, container) => Object.assign(container, { image: 'souk/user' })),
      broken((_, { securityContext }) => Object.assign(securityContext, { allowPrivilegeEscalation: true })),
      broken((_, { securityContext }) => Object.assign(securityContext.capabilities, { add: ['NET_ADMIN'] })),
      broken((_, { securityContext }) => Object.assign(securityContext, { readOnlyRootFilesystem: false })),
      broken((_, { resources }) => Object.assign(resources.limits, { memory: undefined })),
      broken((_, { env }) => env.push({ name: 'DATABASE_URL', value: 'postgres://…' })),
      broken((_, container) => Object.assign(container, { readinessProbe: undefined })),
      broken((_, { env }) => Object.assign(env.find(isDrain), { name: 'ANOTHER' })),
      broken(({ template: { spec } }) => Object.assign(spec.securityContext, { runAsNonRoot: false })),
      broken(({ template: { spec } }) => Object.assign(spec.securityContext, { seccompProfile: undefined })),
      broken(({ template: { spec } }) => Object.assign(spec, { hostNetwork: true })),
      broken(({ template: { spec } }) => Object.assign(spec, { automountServiceAccountToken: undefined })),
      broken(({ template: { spec } }) => Object.assign(spec.volumes[0], { emptyDir: {} })),
      broken(({ template: { spec } }) => Object.assign(spec, { terminationGracePeriodSeconds: 25 })),
      broken(({ strategy }) => Object.assign(strategy.rollingUpdate, { maxUnavailable: 1 })),
    ].map(brokenPolicies);
    for (const found of faults) assert.equal(found.length, 1, found.join());
    assert.deepEqual([...new Set(faults.flat())].sort(), Object.keys(policies).sort());
  });

  test('a wrong value and an unknown field are found', () => {
    assert.match(
      valueFault(broken((spec) => Object.assign(spec, { replicas: 'two' }))) ?? '',
      /replicas must be integer/,
    );
    assert.match(
      unknownFields([broken((_, container) => Object.assign(container, { livenesProbe: {} }))]),
      /livenesProbe/,
    );
  });
});
