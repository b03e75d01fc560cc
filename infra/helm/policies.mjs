/** @typedef {import('./render.mjs').Manifest} Manifest */

const workloadKinds = ['Deployment', 'Rollout', 'Job'];
/** What ends by itself has no probes. */
const hasProbes = ({ kind }) => kind !== 'Job';

/** @param {Manifest} manifest */
export const isWorkload = ({ kind }) => workloadKinds.includes(kind);

/**
 * What every workload must be, each with its sentence. A pod is its template, a container the only one in it.
 *
 * @type {Record<string, (pod: any, container: any, manifest: Manifest) => boolean>}
 */
export const policies = {
  'an image has a version, and that is not latest': (_, { image }) =>
    /:(?!latest\b)[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(image),
  'nobody is root': ({ spec }) =>
    spec.securityContext.runAsNonRoot === true && spec.securityContext.runAsUser > 0,
  'system calls are filtered': ({ spec }) => spec.securityContext.seccompProfile.type === 'RuntimeDefault',
  'no privileges are gained': (_, { securityContext }) =>
    securityContext.allowPrivilegeEscalation === false && securityContext.privileged !== true,
  'no capability is kept': (_, { securityContext }) =>
    securityContext.capabilities.drop.join() === 'ALL' && !securityContext.capabilities.add,
  'the root of the file system is read only': (_, { securityContext }) =>
    securityContext.readOnlyRootFilesystem === true,
  'nothing of the node is shared': ({ spec }) =>
    !spec.hostNetwork &&
    !spec.hostPID &&
    !spec.hostIPC &&
    spec.volumes.every((/** @type {any} */ volume) => !volume.hostPath),
  'there is no token of a service account': ({ spec }) => spec.automountServiceAccountToken === false,
  'memory and processor have a request and a limit': (_, { resources: { requests, limits } }) =>
    Boolean(requests.cpu && requests.memory && limits.cpu && limits.memory),
  'what is written to /tmp has a limit': ({ spec }) =>
    spec.volumes.every((/** @type {any} */ { emptyDir }) => !emptyDir || emptyDir.sizeLimit),
  'secrets are files, never variables': (_, { env, envFrom }) =>
    !envFrom &&
    env.every(
      (/** @type {any} */ { name, value }) =>
        value !== undefined && !/PASSWORD$|SECRETS?$|_KEY$|DATABASE_URL$/.test(name),
    ),
  'it is asked whether it lives and is ready': (_, container, manifest) =>
    !hasProbes(manifest) ||
    (container.livenessProbe.httpGet.path === '/live' && container.readinessProbe.httpGet.path === '/ready'),
  'it serves while proxies learn that it goes, and has time to end': ({ spec }, { name, env }, manifest) => {
    if (!hasProbes(manifest)) return true;
    const seconds = (/** @type {string} */ variable) =>
      (env.find((/** @type {any} */ one) => one.name === variable)?.value ?? 0) / 1_000;
    const drain = seconds('SHUTDOWN_DRAIN_MS');
    const isDrained = name === 'console' || drain >= 1;
    return isDrained && spec.terminationGracePeriodSeconds > drain + seconds('SHUTDOWN_DEADLINE_MS');
  },
  'a rollout takes no replica of a service away': (_pod, { name }, { kind, spec: { strategy } }) =>
    kind === 'Job' ||
    (name === 'console'
      ? strategy.type === 'Recreate'
      : (strategy.rollingUpdate ?? strategy.canary).maxUnavailable === 0),
};

/** The policies that a workload breaks; one that cannot be read is broken. @param {Manifest} manifest */
export const brokenPolicies = (manifest) => {
  const pod = manifest.spec.template;
  const [container, ...others] = pod.spec.containers;
  return Object.entries(policies).flatMap(([name, holds]) => {
    try {
      return others.length === 0 && holds(pod, container, manifest) ? [] : [name];
    } catch {
      return [name];
    }
  });
};
