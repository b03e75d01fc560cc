import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
/** `describe.skipIf(browserMissing)` for the tests that look at the page. */
export const browserMissing = executablePath === undefined;
if (browserMissing)
  console.warn('SKIPPED: the tests of the console’s page, because Chromium is not installed');

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A browser on a busy machine draws nothing for most of a minute now and then. */
const timeoutMs = 120_000;

export interface TestBrowser {
  newPage(): Promise<Page>;
  /** What pages complained about since the last time this was asked; refused answers are not among it. */
  complaints(): string[];
  /** The addresses that were asked, of other origins than `url`. */
  foreign(url: string): string[];
  /** The same browser with a session of its own. */
  stranger(): Promise<TestBrowser>;
  close(): Promise<void>;
}

/** A browser whose pages share a session, as tabs do. */
export const testBrowser = async (): Promise<TestBrowser> => {
  const browser = await chromium.launch({
    executablePath: executablePath as string,
    args,
    timeout: timeoutMs,
  });
  return { ...(await openSession(browser)), close: () => browser.close() };
};

const openSession = async (browser: Browser): Promise<TestBrowser> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  const asked: string[] = [];
  return {
    newPage: async () => {
      const page = await context.newPage();
      page.setDefaultTimeout(timeoutMs);
      page.on('console', (message) => {
        const isAnswer = /Failed to load resource/.test(message.text());
        if (['error', 'warning'].includes(message.type()) && !isAnswer) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => asked.push(request.url()));
      return page;
    },
    complaints: () => complaints.splice(0),
    foreign: (url) => asked.splice(0).filter((one) => !one.startsWith(url) && !/^(data|blob):/.test(one)),
    stranger: () => openSession(browser),
    close: () => context.close(),
  };
};
