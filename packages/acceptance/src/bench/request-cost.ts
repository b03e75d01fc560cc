/**
 * What a change of the HTTP side costs ordinary requests, as the ratio of this checkout to another one: one event, and
 * a batch of 100, by the user service. Medians of alternating rounds; unlike a rate, processor time hardly depends on
 * what else the machine does. About 2 minutes.
 *   node packages/acceptance/src/bench/request-cost.ts OTHER_CHECKOUT [ROUNDS]
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare } from './load/compare.ts';
import { startLoader } from './load/loader.ts';
import { sendAll } from './load/send-all.ts';
import { formatValue } from './report/figure.ts';
import { openLoneService } from './stack/lone-service.ts';
import type { Server } from './stack/world.ts';

const [other, rounds = '9'] = process.argv.slice(2);
if (other === undefined) throw new Error('give the folder of the other checkout');
const effort = { rounds: Number(rounds), roundMs: 2_000, warmUpMs: 2_000 };

const sideOf = async (server: Server) => {
  const body = '{"email":"ada@example.com","name":"Ada"}';
  const { answers } = await sendAll(server.url, [{ path: '/api/v1/users', body }]);
  const event = {
    ...{ user_id: answers[0].id, type: 'view', quantity: 1, unit_price: 12.5 },
    data: { page: '/shelf/lamps', referrer: 'mail', position: 3 },
  };
  const post = (path: string, body: object) => ({
    server,
    requests: { method: 'POST' as const, paths: [path], bodies: [JSON.stringify(body)] },
  });
  return {
    'one event': post('/api/v1/events', event),
    'a batch of 100': post('/api/v1/events/batch', { events: Array(100).fill(event) }),
  };
};

const loader = startLoader();
const here = await openLoneService('user');
const there = await openLoneService('user', {}, new URL('services/', pathToFileURL(`${resolve(other)}/`)));
const [service, bare] = [await sideOf(here), await sideOf(there)];
for (const name of ['one event', 'a batch of 100'] as const)
  for (const figure of await compare(loader, effort, {
    ...{ service: service[name], bare: bare[name], rateGoal: 1 },
  }))
    console.log(`${name}, ${figure.label}: ${formatValue(figure)} of the other checkout (${figure.detail})`);
await Promise.all([here.close(), there.close(), loader.stop()]);
