import { expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createHealth } from '../service/health.ts';
import { testHttp } from '../testing/test-http.ts';

test('a request that writes no line costs no logger of its own', async () => {
  const log = createLogger('test', { LOG_LEVEL: 'warn', LOG_PRETTY: false });
  let children = 0;
  // Children of children call it as well: each inherits from the one before.
  const child = log.child;
  log.child = function (this: typeof log, ...of: Parameters<typeof child>) {
    children += 1;
    return child.apply(this, of);
  } as typeof child;
  const http = await testHttp({
    log,
    health: createHealth('test', '1'),
  });
  const before = children;
  for (let request = 0; request < 3; request++) await http.inject('/live');
  expect(children).toBe(before);
  await http.close();
});
