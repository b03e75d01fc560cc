import type { ServiceName } from '@souk/contracts/services.ts';
import { wait } from '@souk/service-kit/service/backoff.ts';
import { activityOf, type Traffic } from '../resilience/traffic.ts';
import type { Balancer } from './balancer.ts';

/** So that the machine has time for the services that start. */
const restMs = 20;
const batch = 10;

export interface LoadReport {
  requests: number;
  /** What each request that failed was, and why. */
  failures: string[];
  /** The slowest answer of each service. */
  slowestMs: Map<ServiceName, number>;
  /** Activities that the user service has taken, and products that were created. */
  accepted: number;
  created: number;
}

/** Requests to every service, one kind after the other's answer, none of them repeated. */
export const startLoad = (balancers: ReadonlyMap<ServiceName, Balancer>, traffic: Traffic) => {
  const report: LoadReport = { requests: 0, failures: [], slowestMs: new Map(), accepted: 0, created: 0 };
  let isOver = false;
  let sent = 0;
  const call = async (name: ServiceName, path: string, body?: object): Promise<boolean> => {
    const init = body && {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(body),
    };
    const began = performance.now();
    report.requests += 1;
    try {
      const response = await balancers.get(name)?.fetch(path, init);
      const text = await response?.text();
      if (!response?.ok) throw new Error(`${response?.status} ${text}`);
      report.slowestMs.set(name, Math.max(report.slowestMs.get(name) ?? 0, performance.now() - began));
      return true;
    } catch (error) {
      report.failures.push(`${name} ${path}: ${error} ${(error as Error).cause ?? ''}`);
      return false;
    }
  };
  const record = async () => {
    const occurredAt = () => new Date(Date.UTC(2026, 0, 1) + sent * 1_234_567);
    const events = Array.from({ length: batch }, () => activityOf(traffic, sent++, occurredAt()));
    if (await call('user', '/api/v1/events/batch', { events })) report.accepted += batch;
  };
  const create = async () => {
    if (await call('product', '/api/v1/products', { name: 'Of an update', price: 1.5, stock: null }))
      report.created += 1;
  };
  const all = [
    record,
    create,
    () => call('product', `/api/v1/products/${traffic.products[0]}`),
    () => call('recommendation', '/api/v1/recommendations?strategy=popular'),
    () => call('analytics', '/api/v1/analytics/summary?window=all'),
  ].map(async (work) => {
    for (; !isOver; await wait(restMs)) await work();
  });
  return {
    stop: async (): Promise<LoadReport> => {
      isOver = true;
      await Promise.all(all);
      return report;
    },
  };
};
