import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, installedFromNpm } from '../bootstrap/installed.mjs';
import { root } from '../bootstrap/places.mjs';

const source = join(root, 'infra/helm/renderer');
/** Where Go is put by its own installer; it need not be on the PATH of a shell that nobody logged in to. */
const usualGo = '/usr/local/go/bin/go';

/** The path of the renderer, compiled from Helm's Go module (a minute on two cores; seconds once Go has it in its cache). */
export const rendererCommand = () => {
  const texts = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(source, name)));
  const version = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 12);
  const folder = installed(`helm-renderer-${version}`, (unfinished) => {
    const go = existsSync(usualGo) ? usualGo : 'go';
    const args = ['build', '-ldflags=-s -w', '-o', join(unfinished, 'renderer'), '.'];
    execFileSync(go, args, { cwd: source, stdio: 'inherit' });
  });
  return join(folder, 'renderer');
};

const family = [
  'yaml@2.8.1',
  'kubernetes-models@5.1.0',
  '@kubernetes-models/gateway-api@2.0.0',
  '@kubernetes-models/argo-rollouts@2.0.0',
  '@kubernetes-models/keda@2.0.0',
  '@kubernetes-models/prometheus-operator@6.0.0',
  '@kubernetes-models/external-secrets@2.0.0',
];

/** The folder whose node_modules hold a parser of YAML, and types and validators of Kubernetes' objects. */
export const kubernetesModels = () => {
  const version = createHash('sha256').update(family.join()).digest('hex').slice(0, 12);
  return installedFromNpm(`kubernetes-models-${version}`, family);
};
