import { join } from 'node:path';
import { root } from '../bootstrap/places.mjs';
import { profiles, renderProfile } from './render.mjs';

export const overlaysFolder = join(root, 'infra/k8s/overlays');

/** What is the same in every profile that has it, and long: dashboards, alerts, and what is scraped. */
const isMonitoring = (/** @type {string} */ text) =>
  text.includes('# Source: souk/templates/monitoring.yaml');

/**
 * The files of the overlays by their path, made from the chart: each profile, and apart from them what Prometheus and
 * Grafana read. Throws where that is not the same in every profile.
 *
 * @returns {Map<string, string>}
 */
export const overlayFiles = () => {
  const files = new Map();
  const names = /** @type {(keyof typeof profiles)[]} */ (Object.keys(profiles));
  for (const name of names) {
    const templates = renderProfile(name).split(/^(?=---\n# Source: )/m);
    const monitoring = templates.filter(isMonitoring).join('');
    const others = templates.filter((text) => !isMonitoring(text)).join('');
    const before = files.get('monitoring/souk.yaml');
    if (monitoring && before && before !== written(monitoring))
      throw new Error(`${name} has other dashboards, alerts or monitors than a profile before it`);
    if (monitoring) files.set('monitoring/souk.yaml', written(monitoring));
    files.set(`${name}/souk.yaml`, written(others));
    files.set(
      `${name}/kustomization.yaml`,
      kustomization(monitoring ? ['../monitoring', 'souk.yaml'] : ['souk.yaml']),
    );
  }
  files.set('monitoring/kustomization.yaml', kustomization(['souk.yaml']));
  return files;
};

const heading = '# Made from infra/helm/souk by `npm run manifests`: change the chart.\n';
const written = (/** @type {string} */ text) => heading + text;

const kustomization = (/** @type {string[]} */ resources) =>
  written(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: souk
resources: [${resources.join(', ')}]
`);
