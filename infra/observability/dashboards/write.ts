/** Writes grafana/dashboards: node infra/observability/dashboards/write.ts */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dashboardFiles, dashboardsFolder } from './all.ts';

mkdirSync(dashboardsFolder, { recursive: true });
for (const { name, content } of dashboardFiles()) writeFileSync(new URL(name, dashboardsFolder), content);
