// What health-check.sh asks over TLS. Status 0 or 1.
import * as https from 'node:https';
import { env } from 'node:process';

// It asks itself: whose certificate that is needs no proof.
const options = { host: '127.0.0.1', port: env.PORT, path: '/ready', rejectUnauthorized: false };
https
  .get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('error', () => process.exit(1));
