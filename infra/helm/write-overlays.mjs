/** Writes the overlays of infra/k8s from the chart: npm run manifests */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { overlayFiles, overlaysFolder } from './overlays.mjs';

for (const [name, text] of overlayFiles()) {
  const path = join(overlaysFolder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
