import { Pool } from 'undici';
import { type Figure, formatNumber, median } from '../report/figure.ts';

const requestsMax = 100;
const timeMaxMs = 4_000;

/** The median time of an answer, one request after the other, and that of the first one. */
export const answerTimes = async (url: string, { goalMs }: { goalMs: number }): Promise<Figure> => {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections: 1 });
  const times: number[] = [];
  const until = performance.now() + timeMaxMs;
  while (times.length === 0 || (times.length < requestsMax && performance.now() < until)) {
    const startedAt = performance.now();
    const { statusCode, body } = await pool.request({ path: pathname + search, method: 'GET' });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${url} was answered with ${statusCode}: ${text}`);
    times.push(performance.now() - startedAt);
  }
  await pool.close();
  return {
    label: '',
    unit: 'ms',
    value: median(times),
    goal: { atMost: goalMs },
    detail: `the first ${formatNumber(times[0] as number)} ms; ${times.length} requests`,
  };
};
