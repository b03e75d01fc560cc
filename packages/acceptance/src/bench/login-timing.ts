/**
 * Whether the time of a refused log-in tells if anybody has the e-mail: log-ins with a wrong password, one after the
 * other, with e-mails that are known and unknown in turn. Gives the medians, and how often one with a known e-mail takes
 * longer than one with an unknown (the rank-sum statistic as a share: 0.5 when nothing can be told). Half a minute.
 *   node packages/acceptance/src/bench/login-timing.ts [ACCOUNTS]
 */
import { Client } from 'undici';
import { median } from './report/figure.ts';
import { openLoneService } from './stack/lone-service.ts';

const accounts = Number(process.argv[2] ?? 40);
/** Of these none has to wait. */
const triesOfAccount = 5;
const triesOfAddress = 50;

const service = await openLoneService('user', { TRUST_PROXY: '127.0.0.1' });
const client = new Client(service.url);

let sent = 0;
/** Gives how long the answer took, in ms. */
const post = async (path: string, body: object, wanted: number): Promise<number> => {
  const address = `198.51.100.${Math.floor(sent++ / triesOfAddress)}`;
  const startedAt = performance.now();
  const answer = await client.request({
    ...{ path, method: 'POST', body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
  });
  const text = await answer.body.text();
  const tookMs = performance.now() - startedAt;
  if (answer.statusCode !== wanted)
    throw new Error(`${path} was answered with ${answer.statusCode}: ${text}`);
  return tookMs;
};
const logIn = (email: string) => post('/api/v1/auth/login', { email, password: 'not the password' }, 401);

const emailOf = (kind: string, n: number) => `${kind}-${n}@example.org`;
for (let n = 0; n < accounts; n++)
  await post('/api/v1/users', { email: emailOf('known', n), name: 'Ada', password: 'battery staple' }, 201);

const known: number[] = [];
const unknown: number[] = [];
// The first account only warms up.
for (let n = 0; n < accounts; n++)
  for (let attempt = 0; attempt < triesOfAccount; attempt++) {
    const first = await logIn(emailOf(attempt % 2 ? 'known' : 'nobody', n));
    const second = await logIn(emailOf(attempt % 2 ? 'nobody' : 'known', n));
    if (n === 0) continue;
    known.push(attempt % 2 ? first : second);
    unknown.push(attempt % 2 ? second : first);
  }

const longer = known.flatMap((a) => unknown.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
const share = longer.reduce((sum, one) => sum + one, 0) / longer.length;
// Of the share, when both are alike (Mann and Whitney, 1947).
const deviation = Math.sqrt((known.length + unknown.length + 1) / (12 * known.length * unknown.length));
console.log(
  `known e-mail: ${median(known).toFixed(2)} ms; unknown: ${median(unknown).toFixed(2)} ms, medians of ${known.length}`,
);
console.log(
  `a known one takes longer in ${share.toFixed(3)} of all pairs; by chance 0.5 ± ${(1.96 * deviation).toFixed(3)}`,
);
await client.close();
await service.close();
