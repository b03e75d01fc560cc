/**
 * What protection costs: a service with tokens that are verified, limits shared in Redis and the audit, against the
 * same one without all of it, in alternating rounds. The rate as the median ratio of the pairs of rounds; the processor
 * time of a request as the ratio of the lower quartiles, since whatever else the machine does only adds. Two minutes.
 *   node packages/acceptance/src/bench/protection-cost.ts [ROUNDS]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '@souk/contracts/services.ts';
import {
  createSigner,
  publicKeysFile,
  rotateSigningKeys,
  signingKeysFile,
} from '@souk/service-kit/access/signing-keys.ts';
import { testRedis } from '@souk/testing/redis.ts';
import type { Requests } from './load/compare.ts';
import { startLoader } from './load/loader.ts';
import { median, quantile } from './report/figure.ts';
import { openLoneService } from './stack/lone-service.ts';
import { processorMs } from './stack/process-stats.ts';
import { productionEnv } from './stack/production.ts';
import type { Server } from './stack/world.ts';

const rounds = Number(process.argv[2] ?? 15);
const roundMs = 500;
const warmUpMs = 4_000;
const connections = 16;
const callers = 1_000;
const enough = '100000/100000';

const keys = mkdtempSync(join(tmpdir(), 'souk-keys-'));
await rotateSigningKeys(keys, 0);
const signer = createSigner({ file: signingKeysFile(keys), issuer: 'souk', audience: 'souk' });
const tokenOf = (subject: string) => signer.sign({ subject, clientId: 'bench', roles: ['admin'] });
const redis = await testRedis();
const loader = startLoader();

const withoutAudit = new URL('../../../service-kit/src/testing/without-audit.mjs', import.meta.url).href;
const bareEnv = {
  ...{ AUTH_MODE: 'open', RATE_LIMITS: 'off' },
  NODE_OPTIONS: `${productionEnv().NODE_OPTIONS} --import=${withoutAudit}`,
};
const protectedBy = {
  ...{ AUTH_MODE: 'required', AUTH_JWKS_FILE: publicKeysFile(keys) },
  ...{
    RATE_LIMITS: 'on',
    RATE_LIMIT_REDIS_URL: redis.url,
    RATE_LIMIT_READ: enough,
    RATE_LIMIT_WRITE: enough,
  },
};

interface Found {
  rates: number[];
  costs: number[];
}

interface Work {
  what: string;
  service: ServiceName;
  prepare: (server: Server, token: string) => Promise<Requests>;
  callers?: number;
}

const measure = async ({ what, service: name, prepare, callers = 1 }: Work) => {
  const tokens = await Promise.all(Array.from({ length: callers }, (_, n) => tokenOf(`caller-${n}`)));
  const [open, guarded] = await Promise.all([
    openLoneService(name, bareEnv),
    openLoneService(name, protectedBy),
  ]);
  const requests = await Promise.all([open, guarded].map((server) => prepare(server, tokens[0] as string)));
  const sides = [
    { server: open, load: requests[0] as Requests },
    { server: guarded, load: { ...(requests[1] as Requests), tokens } },
  ];
  const found = sides.map((): Found => ({ rates: [], costs: [] }));
  const round = async (index: number, durationMs: number) => {
    const { server, load } = sides[index] as (typeof sides)[number];
    const usedBefore = processorMs(server.pid);
    const { perSecond, count } = await loader.send({ ...load, origin: server.url, connections, durationMs });
    return { rate: perSecond, costUs: (1_000 * (processorMs(server.pid) - usedBefore)) / count };
  };
  for (const index of sides.keys()) await round(index, warmUpMs);
  for (let n = 0; n < rounds; n++)
    for (const index of n % 2 ? [1, 0] : [0, 1]) {
      const { rate, costUs } = await round(index, roundMs);
      found[index]?.rates.push(rate);
      found[index]?.costs.push(costUs);
    }
  const [bare, full] = found as [Found, Found];
  const rate = median(full.rates.map((each, n) => each / (bare.rates[n] as number)));
  const [bareUs, withUs] = [quantile(bare.costs, 0.25), quantile(full.costs, 0.25)];
  console.log(
    `${what}: rate ${rate.toFixed(2)}, processor time ${bareUs.toFixed(1)} → ${withUs.toFixed(1)} µs (${(bareUs / withUs).toFixed(2)})`,
  );
  await Promise.all([open.close(), guarded.close()]);
};

const recommendations = async (): Promise<Requests> => ({
  ...{ method: 'GET', paths: ['/api/v1/recommendations?limit=10'] },
});

const oneUser = async ({ url }: Server, token: string): Promise<Requests> => {
  const answer = await fetch(`${url}/api/v1/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ email: 'bench@example.org', name: 'Bench' }),
  });
  const { id } = (await answer.json()) as { id: string };
  return { method: 'GET', paths: [`/api/v1/users/${id}`] };
};

const newProducts = async (): Promise<Requests> => ({
  ...{ method: 'POST', paths: ['/api/v1/products'], bodies: ['{"name":"Lamp {n}","price":24.5}'] },
});

const memory = { what: 'an answer out of memory', service: 'recommendation' as const };
const works: Work[] = [
  { ...memory, prepare: recommendations },
  { ...memory, what: `${memory.what}, ${callers} callers`, prepare: recommendations, callers },
  { what: 'one user read', service: 'user', prepare: oneUser },
  { what: 'a product created', service: 'product', prepare: newProducts },
];
try {
  for (const work of works) await measure(work);
} finally {
  await loader.stop();
  await redis.stop();
  rmSync(keys, { recursive: true });
}
