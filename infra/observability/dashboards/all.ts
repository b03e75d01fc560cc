import { readFileSync } from 'node:fs';
import { business } from './business.ts';
import { type Dashboard, dashboardJson } from './dashboard.ts';
import { eventPipeline } from './event-pipeline.ts';
import { http } from './http.ts';
import { logsAndTraces } from './logs-and-traces.ts';
import { nodeRuntime } from './node-runtime.ts';
import { overview } from './overview.ts';
import { postgres } from './postgres.ts';
import { redisAndCache } from './redis-and-cache.ts';
import { runbook, runbookSections, runbookUrl } from './runbook.ts';

/** Where Grafana finds them. */
export const dashboardsFolder = new URL('../../../grafana/dashboards/', import.meta.url);

export interface DashboardFile {
  /** In `dashboardsFolder`. */
  name: string;
  content: string;
}

/** Every dashboard as the file that is committed. */
export const dashboardFiles = (): DashboardFile[] => {
  const sections = runbookSections(
    readFileSync(new URL('../../../prometheus/README.md', import.meta.url), 'utf8'),
  );
  const file = (dashboard: Dashboard): DashboardFile => ({
    name: `${dashboard.uid.replace('souk-', '')}.json`,
    content: `${JSON.stringify(dashboardJson(dashboard, runbookUrl(sections)), null, 2)}\n`,
  });
  return [
    overview,
    http,
    eventPipeline,
    postgres,
    redisAndCache,
    nodeRuntime,
    business,
    logsAndTraces,
    runbook(sections),
  ].map(file);
};
