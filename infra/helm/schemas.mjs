import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../bootstrap/places.mjs';
import { kubernetesModels } from './tools.mjs';

/** @typedef {import('./render.mjs').Manifest} Manifest */

/** Kinds that no package knows. A cluster with their definitions checks them when they are applied. */
const unknownGroups = [
  'gateway.envoyproxy.io',
  'kustomize.config.k8s.io',
  'kafka.strimzi.io',
  'postgresql.cnpg.io',
];
/** @type {Record<string, string>} */
const packages = {
  'argoproj.io': '@kubernetes-models/argo-rollouts',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** The module of a kind, or undefined for one that no package knows. Throws for any other. @param {Manifest} manifest */
const moduleOf = ({ apiVersion, kind }) => {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  if (unknownGroups.includes(group)) return undefined;
  const versioned = `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  if (!existsSync(join(kubernetesModels(), 'node_modules', `${versioned}.js`)))
    throw new Error(`there is no schema of ${apiVersion} ${kind}`);
  return versioned;
};

/** What is wrong with the values of a manifest by the schema of its kind. @param {Manifest} manifest @returns {string | undefined} */
export const valueFault = (manifest) => {
  const module = moduleOf(manifest);
  if (!module) return undefined;
  const { [manifest.kind]: Kind } = createRequire(import.meta.url)(
    join(kubernetesModels(), 'node_modules', `${module}.js`),
  );
  try {
    new Kind(manifest).validate();
    return undefined;
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : error}`;
  }
};

/**
 * What the compiler says of fields that the types of the kinds do not have: schemas let those pass.
 *
 * @param {Manifest[]} manifests
 * @returns {string} nothing where all are known
 */
export const unknownFields = (manifests) => {
  const lines = manifests.flatMap((manifest, index) => {
    const module = moduleOf(manifest);
    return module
      ? [
          `import type { I${manifest.kind} as K${index} } from '${module}';`,
          `export const k${index}: K${index} = ${JSON.stringify(manifest, null, 1)};`,
        ]
      : [];
  });
  const folder = mkdtempSync(join(kubernetesModels(), 'fields-'));
  try {
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--skipLibCheck',
      '--types',
      '',
      '--ignoreConfig',
    ];
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), ...options, join(folder, 'manifests.ts')],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    return '';
  } catch (error) {
    return /** @type {{ stdout: string }} */ (error).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
