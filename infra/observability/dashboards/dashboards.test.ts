import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dashboardQueries } from '../dashboard-queries.mjs';
import { selectorsOf } from '../promql.mjs';
import { dashboardFiles, dashboardsFolder } from './all.ts';
import { availabilityRequests, latencyRequests } from './promql.ts';

interface PanelJson {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  links: { title: string; url: string }[];
  targets?: { expr: string }[];
  options?: { content?: string };
  fieldConfig?: { defaults: { unit: string; thresholds: { steps: unknown[] } } };
}
interface DashboardFileJson {
  uid: string;
  title: string;
  templating: { list: { name: string }[] };
  panels: PanelJson[];
}

const committed = readdirSync(dashboardsFolder).filter((name) => name.endsWith('.json'));
const read = (name: string) => readFileSync(new URL(name, dashboardsFolder), 'utf8');
const dashboards = committed.map((name): DashboardFileJson => JSON.parse(read(name)));
const panels = dashboards.flatMap(({ uid, panels }) =>
  panels.filter(({ type }) => type !== 'row').map((panel) => ({ uid, ...panel })),
);
const rules = readFileSync(new URL('../../../prometheus/rules/alerts.yml', import.meta.url), 'utf8');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);

test('the committed dashboards are what their source gives', () => {
  const generated = dashboardFiles();
  expect(committed.sort()).toEqual(generated.map(({ name }) => name).sort());
  for (const { name, content } of generated)
    expect(read(name) === content, `${name}: run node infra/observability/dashboards/write.ts`).toBe(true);
});

test('the addresses of the dashboards stay', () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
    'souk-business',
    'souk-event-pipeline',
    'souk-http',
    'souk-logs-and-traces',
    'souk-node-runtime',
    'souk-overview',
    'souk-postgres',
    'souk-redis-and-cache',
    'souk-runbook',
  ]);
});

test('every panel says what it shows, and links to the runbook unless it is a part of it', () => {
  for (const { uid, title, description, links } of panels) {
    const where = `${uid}: ${title}`;
    expect(title, where).not.toBe('');
    expect(description.length, where).toBeGreaterThan(5);
    if (uid !== 'souk-runbook') expect(links[0]?.url, where).toMatch(/^\/d\/souk-runbook/);
  }
});

test('every panel of figures, the tables of traces too, has a unit and thresholds', () => {
  for (const { uid, type, title, fieldConfig } of panels.filter(({ type }) => type !== 'text')) {
    const where = `${uid}: ${title}, ${type}`;
    expect(fieldConfig?.defaults.unit, where).toMatch(/./);
    expect(fieldConfig?.defaults.thresholds.steps.length, where).toBeGreaterThan(0);
  }
});

test('no link leads to an address that is not a variable of its dashboard', () => {
  for (const { uid, templating, panels } of dashboards) {
    const names = templating.list.map(({ name }) => name);
    const texts = panels.flatMap(({ links = [], options }) => [
      ...links.map(({ url }) => url),
      ...[...(options?.content ?? '').matchAll(/\]\((.*?)\)/g)].map(([, url]) => url as string),
    ]);
    for (const url of texts) {
      const [, variable] = /^\$\{(\w+):raw\}(?:\/|$)/.exec(url) ?? [];
      if (variable) expect(names, `${uid}: ${url}`).toContain(variable);
      else expect(url, uid).not.toMatch(/localhost|\$/);
    }
  }
});

test('no two panels of a dashboard overlap or have the same id, and none is wider than the page', () => {
  for (const { uid, panels } of dashboards) {
    expect(new Set(panels.map(({ id }) => id)).size, uid).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size, uid).toBe(cells.length);
    for (const { gridPos, title } of panels)
      expect(gridPos.x + gridPos.w, `${uid}: ${title}`).toBeLessThanOrEqual(24);
  }
});

test('every query of the dashboards parses', () => {
  const queries = dashboardQueries(dashboardsFolder);
  expect(queries.length).toBeGreaterThan(100);
  for (const { where, expr } of queries) expect(() => selectorsOf(expr), where).not.toThrow();
});

test('a figure that quotes an objective is about the requests that the objective is recorded of', () => {
  const rules = readFileSync(new URL('../../../prometheus/rules/recording.yml', import.meta.url), 'utf8');
  const recorded = rules.replace(/\s+/g, ' ');
  for (const [objective, metric, requests] of [
    ['The objective allows 0.1 %', 'http_requests_total', availabilityRequests],
    ['The objective is 99 % within 250 ms', 'http_request_duration_seconds_count', latencyRequests],
  ] as const) {
    expect(recorded).toContain(`${metric}{job="souk", ${requests}}`);
    const quoting = panels.filter(({ description }) => description.includes(objective));
    expect(quoting.length, objective).toBeGreaterThan(0);
    for (const { title, targets = [] } of quoting)
      for (const { expr } of targets) expect(expr, title).toContain(requests);
  }
});

test('every alert has a section in the runbook, a test, and a link that leads there', () => {
  const sections = panels.filter(({ uid }) => uid === 'souk-runbook').map(({ title }) => title);
  const folder = new URL('../../../prometheus/tests/', import.meta.url);
  const tests = readdirSync(folder)
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('');
  expect(sections.sort()).toEqual(alerts.sort());
  for (const alert of alerts) {
    expect(rules).toContain(`runbook_url: prometheus/README.md#${alert.toLowerCase()}\n`);
    const cases = tests.split('eval_time:').filter((text) => text.includes(`alertname: ${alert}\n`));
    expect(cases.some((text) => text.includes('exp_labels'))).toBe(true);
    expect(cases.some((text) => text.includes('exp_alerts: []'))).toBe(true);
  }
});

test("a panel's link to an alert leads to that alert's section", () => {
  const runbook = panels.filter(({ uid }) => uid === 'souk-runbook');
  const links = panels.flatMap(({ links }) => links).filter(({ url }) => url.includes('viewPanel'));
  expect(links.length).toBeGreaterThan(50);
  for (const { title, url } of links) {
    const section = runbook.find(({ id }) => url.endsWith(`?viewPanel=${id}`));
    expect(title).toBe(`Runbook: ${section?.title}`);
  }
});
