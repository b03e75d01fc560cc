import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { type FrameWatch, startProxies } from '@souk/embedded/broker-proxy.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { type Link, openLink } from '@souk/testing/link.ts';

export const dependencies = ['postgres', 'kafka', 'redis'] as const;
export type Dependency = (typeof dependencies)[number];

/** Every connection of a service to a server, as a link of its own. */
export interface Network {
  link(service: ServiceName, to: Dependency): Link;
  /** Where the service finds the server. */
  port(service: ServiceName, to: Dependency): number;
  /** Sees every frame between a service and Kafka before it is passed on, until it is replaced. */
  watchKafka(service: ServiceName, watch: FrameWatch | undefined): void;
  close(): void;
}

export const openNetwork = async (ports: Record<Dependency, number>): Promise<Network> => {
  const links = new Map<string, Link>();
  const watches = new Map<ServiceName, FrameWatch>();
  const closes: (() => void)[] = [];
  for (const service of serviceNames) {
    for (const to of ['postgres', 'redis'] as const) links.set(`${service} ${to}`, await openLink(ports[to]));
    // Kafka's answers name it by its own port: behind the link they are given that of the link.
    const behind = await freePort();
    const link = await openLink(behind);
    links.set(`${service} kafka`, link);
    const route = { publicPort: behind, innerPort: ports.kafka, namedPort: link.port };
    const proxies = await startProxies([route], (kind, api) => watches.get(service)?.(kind, api));
    closes.push(...proxies.map((proxy) => () => void proxy.close()));
  }
  const link = (service: ServiceName, to: Dependency) => links.get(`${service} ${to}`) as Link;
  return {
    link,
    port: (service, to) => link(service, to).port,
    watchKafka: (service, watch) => {
      if (watch) watches.set(service, watch);
      else watches.delete(service);
    },
    close: () => {
      for (const one of links.values()) one.close();
      for (const close of closes) close();
    },
  };
};
