import { relative } from 'node:path';
import { consolePortOf, serviceNames } from '@souk/contracts/services.ts';
import type { MeshAddresses } from '../mesh-file.ts';
import { defaultPortBase } from '../root.ts';

const nameWidth = 16;
const addressWidth = 26;

/** What a person needs once everything runs: the addresses, what is kept, and what to try next. */
export const banner = (
  addresses: MeshAddresses,
  { seconds, data, logFolder }: { seconds: number; data?: string | undefined; logFolder: string },
): string => {
  const { services, redisUrl } = addresses;
  const postgres = new URL(addresses.postgresUrls.postgres as string);
  const kept = data ? `kept in ${data}` : 'gone when the mesh stops; --data FOLDER keeps it';
  const rows = [
    ...serviceNames.map((name) => [name, services[name], `${services[name]}/docs`]),
    ['console', consoleUrl(services), 'the page of the operators: open it in a browser'],
    ['PostgreSQL', postgres.host, kept],
    ['Kafka', addresses.kafkaBrokers, 'in memory: it starts empty, and the outboxes fill it again'],
    redisUrl ? ['Redis', new URL(redisUrl).host, 'cache'] : noRedis,
    ['logs', `${relative(process.cwd(), logFolder) || '.'}/`, ''],
  ];
  const table = rows.map(([name = '', address = '', note = '']) =>
    `  ${name.padEnd(nameWidth)}${address.padEnd(addressWidth)}  ${note}`.trimEnd(),
  );
  return [
    '',
    `Souk is ready after ${seconds.toFixed(1)} s. Ctrl-C stops everything.`,
    '',
    ...table,
    '',
    'Try next, in another terminal:',
    ...nextSteps(services).map((line) => `  ${line}`),
    '',
  ].join('\n');
};

/** By its name, which browsers and people know. */
const consoleUrl = ({ user }: MeshAddresses['services']): string => {
  const { hostname, port } = new URL(user);
  const host = hostname === '127.0.0.1' ? 'localhost' : hostname;
  return `http://${host}:${consolePortOf(Number(port))}`;
};

const noRedis = [
  'Redis',
  'none on this machine',
  'cached in each process alone (apt-get install redis-server)',
];

const nextSteps = (services: MeshAddresses['services']): string[] => [
  `curl -s ${services.user}/api/v1/users -H 'content-type: application/json' -d '{"email":"ada@example.com","name":"Ada"}'`,
  `curl -s ${services.product}/api/v1/products -H 'content-type: application/json' -d '{"name":"Lamp","price":12.5}'`,
  `curl -s '${services.recommendation}/api/v1/recommendations?limit=5'`,
  `curl -s '${services.analytics}/api/v1/analytics/summary?window=24h'`,
  `npx souk demo${portOption(services)}      # shoppers who browse and buy`,
  `npx souk auth token --role staff${portOption(services)}    # or customer, analyst, admin: an access token; without one you are the operator`,
  `npx souk status${portOption(services)}    # health, lag and backlog`,
];

const portOption = ({ user }: MeshAddresses['services']): string => {
  const { port } = new URL(user);
  return Number(port) === defaultPortBase ? '' : ` --port-base ${port}`;
};
