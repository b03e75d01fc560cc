import { isIP } from 'node:net';
import { problem } from '../problem.ts';
import type { Http } from './http.ts';

/**
 * Refuses requests under a name that is not among `names` or `localhost`: a web page whose own name is made to lead
 * here would be answered like the operator (DNS rebinding). An address is no name: no page can take it over.
 */
export const refuseForeignHosts = (http: Http, names: readonly string[]): void => {
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  const isOwn = (host: string): boolean => {
    const name = host.replace(/:\d*$/, '').toLowerCase();
    // The guard looks for one that is missing.
    return name === '' || known.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  };
  let lastOwn = '';
  http.addHook('onRequest', ({ headers: { host = '' } }, _reply, done) => {
    if (host === lastOwn) return done();
    if (!isOwn(host)) return done(foreignHost());
    lastOwn = host;
    done();
  });
};

const foreignHost = () =>
  problem(421, 'host_not_allowed', 'the Host is no name of this service: ALLOWED_HOSTS lists its names');
