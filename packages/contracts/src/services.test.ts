import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { consolePort, ownerRole, serviceNames, serviceRoles, services } from './services.ts';
import { sessionUpdates } from './session-updates.ts';
import { documentTopics, topics } from './topics.ts';

test('every topic of events has one owner, the service that publishes it', () => {
  for (const { name, owner, source } of topics) {
    const publishers = serviceNames.filter((service) => services[service].publishes === name);
    expect(publishers).toEqual(name === sessionUpdates.name ? [] : [owner]);
    expect(source).toBe(`/souk/${owner}`);
  }
});

test('services publish and consume topics of the contracts alone', () => {
  const events = topics.map(({ name }) => name);
  const all = [...events, ...documentTopics.map(({ name }) => name)];
  for (const { publishes, consumes } of Object.values(services)) {
    if (publishes) expect(events).toContain(publishes);
    expect(all).toEqual(expect.arrayContaining([...consumes]));
  }
});

test('no two services share a role or a port, and none has that of the console', () => {
  expect(new Set(serviceRoles).size).toBe(serviceNames.length);
  const ports = [consolePort, ...serviceNames.map((name) => services[name].port)];
  expect(new Set(ports).size).toBe(ports.length);
});

describe('what cannot read the list names the same services', () => {
  const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  /** What the first group of the pattern finds, in the order of the file, each once. */
  const found = (path: string, pattern: RegExp) => [
    ...new Set([...text(path).matchAll(pattern)].map(([, name]) => name)),
  ];
  const variables = serviceNames.map((name) => name.toUpperCase());

  test('the folder services/', () => {
    expect(readdirSync(new URL('../../../services', import.meta.url)).sort()).toEqual(
      serviceNames.toSorted(),
    );
  });

  test('docker-compose.yml', () => {
    const compose = text('docker-compose.yml');
    expect(found('docker-compose.yml', /SERVICE: (\w+) \}/g)).toEqual(serviceNames);
    expect(found('docker-compose.yml', /^ +(\w+)_SERVICE_PASSWORD:/gm)).toEqual(variables);
    expect(found('docker-compose.yml', /^ +(\w+)_SERVICE_OWNER_PASSWORD:/gm)).toEqual(variables);
    for (const name of serviceNames) {
      const variable = name.toUpperCase();
      expect(compose).toContain(`:\${${variable}_PORT:-${services[name].port}}:8080"]`);
      expect(compose).toContain(`postgres://${services[name].role}:\${${variable}_SERVICE_PASSWORD:-`);
      expect(compose).toContain(`postgres://${ownerRole(name)}:\${${variable}_SERVICE_OWNER_PASSWORD:-`);
      // Of the console.
      expect(compose).toContain(` ${variable}_URL: http://${name}:8080\n`);
      expect(compose).toContain(` ${variable}_OPERATOR_URL: http://${name}:9464\n`);
    }
  });

  test('.env.example', () => {
    expect(found('.env.example', /^(\w+)_SERVICE_PASSWORD=laptop-only$/gm)).toEqual(variables);
    for (const name of serviceNames)
      expect(text('.env.example')).toContain(`\n${name.toUpperCase()}_PORT=${services[name].port}\n`);
  });

  test('prometheus/prometheus.yml', () => {
    expect(text('prometheus/prometheus.yml')).toContain(`names: [${serviceNames.join(', ')}]`);
  });

  test('prometheus/rules/alerts.yml', () => {
    expect(found('prometheus/rules/alerts.yml', /absent\(up\{job="souk", service="(\w+)"\}\)/g)).toEqual(
      serviceNames,
    );
  });
});
