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
    content: textOf(dashboardJson(dashboard, runbookUrl(sections))),
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

/** JSON with a line for each panel: what changes is seen by panels. */
const textOf = ({ panels, ...others }: ReturnType<typeof dashboardJson>): string =>
  `${JSON.stringify(others).slice(0, -1)},"panels":[\n${panels.map((panel) => JSON.stringify(panel)).join(',\n')}\n]}\n`;
