import { unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { readIdentity, type TlsFiles } from '../config/encryption.ts';
import type { Logger } from '../log.ts';
import type { Http } from './http.ts';

const lookIntervalMs = 1_000;

/**
 * Shows on new connections what the files hold, at most a second later. While they are of no use, such as between the
 * change of the one and of the other, the server goes on showing what it has.
 */
export const followIdentity = (http: Http, files: TlsFiles, log: Logger): void => {
  const take = () => {
    try {
      (http.server as unknown as Server).setSecureContext(readIdentity(files));
      log.info('the certificate has changed');
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'the changed certificate is not taken');
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: lookIntervalMs, persistent: false }, take);
  http.addHook('onClose', () => {
    for (const path of paths) unwatchFile(path, take);
  });
};
