/** A service as small as can be, for run.integration.test.ts to start as a process. */
import { writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { Type } from '@souk/contracts/typebox.ts';
import { serviceEnv } from '../config/env-fields.ts';
import { readEnv } from '../config/read-env.ts';
import { buildHttp } from '../http/server.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { wait } from '../service/backoff.ts';
import { createHealth } from '../service/health.ts';
import { run } from '../service/run.ts';
import { assembleService } from '../service/service.ts';

const schema = Type.Object({
  ...serviceEnv(8080),
  /** A file that stands for a dependency: there or not. */
  NEEDED_FILE: Type.Optional(Type.String()),
  RELEASED_FILE: Type.Optional(Type.String()),
  FAULT: Type.Optional(Type.String()),
});

await run(async () => {
  const config = readEnv(schema, process.env);
  const log = createLogger('tiny', config);
  const health = createHealth('tiny', '0.0.0');
  const metrics = createMetrics('tiny');
  const http = await buildHttp({
    name: 'tiny',
    version: '0.0.0',
    description: '',
    log,
    metrics,
    health,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    connectionsMax: config.HTTP_CONNECTIONS_MAX,
  });
  http.get('/quick', { config: { access: 'anyone' }, schema: { hide: true } }, async () => 'done');
  http.get('/until-stopping', { config: { access: 'anyone' }, schema: { hide: true } }, async () => {
    while (health.state() !== 'stopping') await wait(10);
    return 'done';
  });
  http.get('/fault', { config: { access: 'anyone' }, schema: { hide: true } }, async () => {
    setImmediate(() => Promise.reject(new Error('nobody caught this')));
    return 'soon';
  });
  const dependency = async () => {
    if (config.FAULT === 'migration') throw Object.assign(new Error('syntax error'), { code: '42601' });
    if (config.FAULT === 'password') throw Object.assign(new Error('password failed'), { code: '28P01' });
    if (!config.NEEDED_FILE) return;
    await access(config.NEEDED_FILE).catch((cause) => {
      throw Object.assign(new Error('not there', { cause }), { code: 'ECONNREFUSED' });
    });
  };
  const release = async () => {
    if (config.FAULT === 'stop') await new Promise(() => setInterval(() => undefined, 1_000));
    if (config.RELEASED_FILE) writeFileSync(config.RELEASED_FILE, 'released');
  };
  const startup = [{ waitsFor: 'a file', start: dependency }];
  return assembleService({ name: 'tiny', log, health, config, startup, stops: [release] }, http);
});
