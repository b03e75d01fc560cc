// The health check of a container: whether traffic should come here. Status 0 or 1.
import * as http from 'node:http';
import * as https from 'node:https';
import { env } from 'node:process';

const isEncrypted = Boolean(env.TLS_CERT_FILE);
// It asks itself: whose certificate that is needs no proof.
const options = { host: '127.0.0.1', port: env.PORT, path: '/ready', rejectUnauthorized: false };
(isEncrypted ? https : http)
  .get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('error', () => process.exit(1));
