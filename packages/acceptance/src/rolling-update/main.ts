/**
 * Replaces two containers of every service, one after the other and under load, by containers of the build that
 * SOUK_BUILD says; run by .ci/compose/update.sh. What it saw goes to stderr, and {accepted, created} to stdout: the
 * activities and products that were acknowledged. Status 1 where a request failed.
 */
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { wait } from '@souk/service-kit/service/backoff.ts';
import { startTraffic } from '../resilience/traffic.ts';
import { type Balancer, createBalancer } from './balancer.ts';
import { startLoad } from './load.ts';
import { type Replica, replicasOf, scaleTo, stopReplica } from './replicas.ts';

const replicas = 2;
const pollMs = 50;
const failuresShownMax = 8;

const main = async (): Promise<void> => {
  const groups = await Promise.all(serviceNames.map(openGroup));
  const traffic = await startTraffic({
    service: (name) => ({ url: groups.find((group) => group.name === name)?.old[0]?.url ?? '' }),
  });
  const load = startLoad(new Map(groups.map(({ name, balancer }) => [name, balancer])), traffic);
  for (let replaced = 0; replaced < replicas; replaced++) {
    await scaleTo(replicas + 1);
    await Promise.all(groups.map((group) => replace(group, group.old[replaced])));
  }
  while (groups.some(({ balancer }) => balancer.answered().includes(0))) await wait(pollMs);
  const { requests, failures, slowestMs, accepted, created } = await load.stop();
  for (const failure of failures.slice(0, failuresShownMax)) console.error(`FAILED: ${failure}`);
  const slowest = [...slowestMs].map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
  console.error(`${failures.length} of ${requests} requests failed; the slowest: ${slowest.join(', ')}`);
  console.log(JSON.stringify({ accepted, created }));
  process.exit(failures.length === 0 ? 0 : 1);
};

interface Group {
  name: ServiceName;
  balancer: Balancer;
  old: Replica[];
  /** Of all that were ever taken in. */
  ids: Set<string>;
}

const openGroup = async (name: ServiceName): Promise<Group> => {
  const balancer = createBalancer();
  const old = await replicasOf(name);
  for (const { url } of old) await balancer.add(url);
  return { name, balancer, old, ids: new Set(old.map(({ id }) => id)) };
};

const replace = async ({ name, balancer, ids }: Group, old: Replica | undefined): Promise<void> => {
  const added = (await replicasOf(name)).find(({ id }) => !ids.has(id));
  if (!old || !added) throw new Error(`${name} has too few containers`);
  if (old.image === added.image) throw new Error(`${added.image} would be replaced by itself`);
  ids.add(added.id);
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1_000).toFixed(1);
  await balancer.add(added.url);
  const readyAfter = seconds();
  await stopReplica(old);
  console.error(
    `  ${name}: a replica is ready after ${readyAfter} s, and has replaced one after ${seconds()} s`,
  );
  if (balancer.remove(old.url) === 0) throw new Error(`a replica of ${name} has answered nothing`);
};

await main();
