/** Takes the pictures of the README, and measures the first load and scrolling: node packages/console/screenshots.ts [http://localhost:8084] */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { tailOf } from './src/testing/tail.ts';

const [url = 'http://localhost:8084'] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'screenshots');
const desk = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };
/** As long as rates need to be seen. */
const lookMs = 12_000;

const pictures = [
  { name: 'now', path: '/now', viewport: desk, colorScheme: 'light' },
  { name: 'now-phone', path: '/now', viewport: phone, colorScheme: 'dark' },
  { name: 'recommendations', path: '/recommendations', viewport: desk, colorScheme: 'dark' },
  { name: 'analytics', path: '/analytics?window=1h', viewport: desk, colorScheme: 'light' },
  { name: 'dead-letters', path: '/dead-letters', viewport: desk, colorScheme: 'light' },
] as const;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const { name, path, viewport, colorScheme } of pictures) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  await page.goto(`${url}${path}`);
  await page.waitForSelector('h1');
  await page.waitForTimeout(lookMs);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

const page = await browser.newPage();
let bytes = 0;
page.on('response', async (response) => {
  if (/\/assets\/|\/now$/.test(response.url())) bytes += (await response.request().sizes()).responseBodySize;
});
await page.goto(`${url}/now`);
await page.waitForSelector('h1');
// The script has run then: the view is drawn and answers.
const interactiveMs = await page.evaluate(
  "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd",
);
await page.waitForLoadState('load');
console.log(
  `first load: ${bytes} bytes; the view is there and answers after ${Math.round(Number(interactiveMs))} ms`,
);

const rows = 10_000;
await page.route('**/api/events/tail*', (route) =>
  route.fulfill({ contentType: 'text/event-stream', body: tailOf(rows) }),
);
await page.goto(`${url}/events?mode=live`);
await page.waitForSelector('.virtual li');
/** Scrolls 120 pixels with each of 300 frames, as fast as a wheel is turned, and takes the time between them. */
const scrolling = `new Promise((done) => {
  const list = document.querySelector('.virtual');
  const times = [];
  let before;
  const frame = (now) => {
    if (before !== undefined) times.push(now - before);
    before = now;
    list.scrollTop += 120;
    if (times.length < 300) requestAnimationFrame(frame);
    else done(times.sort((a, b) => a - b));
  };
  requestAnimationFrame(frame);
})`;
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');
const workSeconds = async () =>
  (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ??
  0;
const before = await workSeconds();
const times = (await page.evaluate(scrolling)) as number[];
const workMs = ((await workSeconds()) - before) * 1_000;
const at = (share: number) => `${(times[Math.floor(share * (times.length - 1))] as number).toFixed(1)} ms`;
console.log(
  `${rows} rows, scrolled 120 pixels a frame: ${(workMs / times.length).toFixed(1)} ms of work a frame; apart ${at(0.5)} (median), ${at(0.95)} (95 %), ${at(1)} (longest)`,
);
await browser.close();
