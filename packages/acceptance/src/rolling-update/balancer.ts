import { wait } from '@souk/service-kit/service/backoff.ts';

const checkIntervalMs = 200;

interface Backend {
  url: string;
  isReady: boolean;
  answered: number;
}

/** Chooses the replicas of one service in turn, as a balancer does: those that are ready and do not close connections. */
export interface Balancer {
  /** Takes a replica in, and resolves when it is ready. */
  add(url: string): Promise<void>;
  /** Forgets a replica that has ended, and says how many requests it has answered. */
  remove(url: string): number;
  /** How many requests each replica has answered. */
  answered(): readonly number[];
  /** Sends one request, which is not repeated, to a ready replica. Rejects when there is none, or it does not answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export const createBalancer = (): Balancer => {
  const backends = new Map<string, Backend>();
  let turn = 0;
  const check = async (backend: Backend) => {
    for (; backends.has(backend.url); await wait(checkIntervalMs))
      backend.isReady = await isReady(backend.url);
  };
  return {
    add: async (url) => {
      while (!(await isReady(url))) await wait(checkIntervalMs);
      const backend = { url, isReady: true, answered: 0 };
      backends.set(url, backend);
      void check(backend);
    },
    remove: (url) => {
      const answered = backends.get(url)?.answered ?? 0;
      backends.delete(url);
      return answered;
    },
    answered: () => [...backends.values()].map(({ answered }) => answered),
    fetch: async (path, init) => {
      const ready = [...backends.values()].filter(({ isReady }) => isReady);
      const backend = ready[turn++ % ready.length];
      if (!backend) throw new Error('no replica is ready');
      const response = await fetch(`${backend.url}${path}`, init);
      if (response.headers.get('connection') === 'close') backend.isReady = false;
      backend.answered += 1;
      return response;
    },
  };
};

const isReady = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/ready`).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
};
