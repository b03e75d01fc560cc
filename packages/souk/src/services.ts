import { type ServiceName, services } from '@souk/contracts/services.ts';

/** Where a service of a mesh listens whose user service has the port `portBase`. */
export const servicePort = (name: ServiceName, portBase: number): number =>
  portBase + services[name].port - services.user.port;
