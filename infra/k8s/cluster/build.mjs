import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed } from '../../bootstrap/installed.mjs';

const kubernetes = '1.37.2';
const etcd = '3.7.3';
const kwok = '0.8.0';
const usualGo = '/usr/local/go/bin/go';
const commands = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];

/**
 * The folder with kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, etcd and kwok (with its stages.yaml),
 * compiled from their Go modules: about eleven minutes of one processor, and 3 GB of memory.
 */
export const clusterCommands = () =>
  installed(`kubernetes-${kubernetes}`, (folder) => {
    const go = goIn(folder);
    go('mod', 'init', 'souk/cluster');
    for (const name of stagingModules(go))
      go('mod', 'edit', `-replace=k8s.io/${name}=k8s.io/${name}@v0${kubernetes.slice(1)}`);
    go('get', ...commands.map((name) => `k8s.io/kubernetes/cmd/${name}@v${kubernetes}`));
    const version = `-X k8s.io/component-base/version.gitVersion=v${kubernetes}`;
    for (const name of commands)
      go('build', `-ldflags=-s -w ${version}`, '-o', name, `k8s.io/kubernetes/cmd/${name}`);
    // Modules of their own: what they need would change what Kubernetes is compiled with.
    for (const [name, module, path] of [
      ['etcd', `go.etcd.io/etcd/server/v3@v${etcd}`, 'go.etcd.io/etcd/server/v3'],
      ['kwok', `sigs.k8s.io/kwok@v${kwok}`, 'sigs.k8s.io/kwok/cmd/kwok'],
    ]) {
      writeFileSync(join(folder, 'go.mod'), `module souk/${name}\ngo 1.26.0\n`);
      writeFileSync(join(folder, 'go.sum'), '');
      go('get', `${module}`, `${path}@v${name === 'etcd' ? etcd : kwok}`);
      go('build', '-ldflags=-s -w', '-o', `${name}`, `${path}`);
    }
    copyStages(go, folder);
  });

/** @param {string} folder */
const goIn =
  (folder) =>
  (/** @type {string[]} */ ...args) =>
    execFileSync(existsSync(usualGo) ? usualGo : 'go', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });

/** The modules that live in the repository of Kubernetes, which requires them as v0.0.0, and are published as v0. @param {ReturnType<typeof goIn>} go */
const stagingModules = (go) => {
  const { GoMod } = JSON.parse(go('mod', 'download', '-json', `k8s.io/kubernetes@v${kubernetes}`));
  return [...readFileSync(GoMod, 'utf8').matchAll(/^\tk8s\.io\/([\w-]+) v0\.0\.0(?: |$)/gm)].map(
    ([, name]) => `${name}`,
  );
};

/** What nodes and pods do in kwok: be ready at once. @param {ReturnType<typeof goIn>} go @param {string} folder */
const copyStages = (go, folder) => {
  const stages = join(go('list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok').trim(), 'kustomize/stage');
  const texts = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'].flatMap((part) =>
    readdirSync(join(stages, part))
      .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
      .map((name) => readFileSync(join(stages, part, name), 'utf8')),
  );
  writeFileSync(join(folder, 'stages.yaml'), texts.join('\n---\n'));
};
