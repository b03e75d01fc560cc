import { join } from 'node:path';
import { root } from '../bootstrap/places.mjs';
import { profiles, renderProfile } from './render.mjs';

export const overlaysFolder = join(root, 'infra/k8s/overlays');

/** Dashboards, alerts, and what is scraped: long copies of what is in this repository, so the chart alone has them. */
const isMonitoring = (/** @type {string} */ text) =>
  text.includes('# Source: souk/templates/monitoring.yaml');

/** What the chart gives with a profile, in YAML: for overlays, and what Prometheus and Grafana read. */
export const partsOf = (/** @type {keyof typeof profiles} */ name) => {
  const templates = renderProfile(name).split(/^(?=---\n# Source: )/m);
  const [monitoring, overlay] = [true, false].map((wanted) =>
    templates.filter((text) => isMonitoring(text) === wanted).join(''),
  );
  return { monitoring, overlay };
};

/** The files of the overlays by their path, made from the chart. @returns {Map<string, string>} */
export const overlayFiles = () => {
  const files = new Map();
  for (const name of /** @type {(keyof typeof profiles)[]} */ (Object.keys(profiles))) {
    files.set(`${name}/souk.yaml`, heading + partsOf(name).overlay);
    files.set(`${name}/kustomization.yaml`, heading + kustomization);
  }
  return files;
};

const heading = '# Made from infra/helm/souk by `npm run manifests`: change the chart.\n';

const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: souk
resources: [souk.yaml]
`;
