import { wait } from '@souk/service-kit/service/backoff.ts';

const checkIntervalMs = 50;

interface Backend {
  url: string;
  isReady: boolean;
}

/** Chooses the replicas of one service in turn, as a balancer does: those that are ready and do not close connections. */
export interface Balancer {
  /** Takes a replica in, and resolves when it is ready. */
  add(url: string): Promise<void>;
  /** Sends one request, which is not repeated, to a ready replica. Rejects when there is none, or it does not answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): void;
}

export const openBalancer = (): Balancer => {
  const backends: Backend[] = [];
  const closing = new AbortController();
  let turn = 0;
  const send = async (backend: Backend, path: string, init?: RequestInit) => {
    const response = await fetch(`${backend.url}${path}`, init);
    if (response.headers.get('connection') === 'close') backend.isReady = false;
    return response;
  };
  /** One that is not ready any more has ended, or will: what replaces it has an address of its own. */
  const check = async (backend: Backend) => {
    do {
      await wait(checkIntervalMs, closing.signal);
      const response = await fetch(`${backend.url}/ready`).catch(() => undefined);
      await response?.body?.cancel();
      backend.isReady &&= response?.ok ?? false;
    } while (backend.isReady && !closing.signal.aborted);
  };
  return {
    add: async (url) => {
      while (!(await fetch(`${url}/ready`).catch(() => undefined))?.ok) await wait(checkIntervalMs);
      const backend = { url, isReady: true };
      backends.push(backend);
      void check(backend);
    },
    fetch: async (path, init) => {
      const ready = backends.filter(({ isReady }) => isReady);
      const backend = ready[turn++ % ready.length];
      if (!backend) throw new Error('no replica is ready');
      return send(backend, path, init);
    },
    close: () => closing.abort(),
  };
};
