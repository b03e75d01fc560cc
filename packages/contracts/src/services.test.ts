import { expect, test } from 'vitest';
import { serviceNames, serviceRoles, services } from './services.ts';
import { documentTopics, topics } from './topics.ts';

test('every topic of events has one owner, the service that publishes it', () => {
  for (const { name, owner, source } of topics) {
    expect(serviceNames.filter((service) => services[service].publishes === name)).toEqual([owner]);
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

test('no two services share a role or a port', () => {
  expect(new Set(serviceRoles).size).toBe(serviceNames.length);
  expect(new Set(serviceNames.map((name) => services[name].port)).size).toBe(serviceNames.length);
});
