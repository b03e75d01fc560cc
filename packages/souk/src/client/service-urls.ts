import { type ServiceName, serviceNames, servicePort } from '@souk/contracts/services.ts';
import type { ServiceUrls } from '@souk/importers/shop/service-urls.ts';
import { type Command, Option } from 'commander';
import { findMesh } from '../mesh-file.ts';
import { defaultPortBase } from '../root.ts';
import { portBase, serviceUrl } from './option-parsers.ts';

export type ServiceUrlOptions = { portBase?: number } & Partial<Record<`${ServiceName}Url`, string>>;

/** Adds --port-base and --user-url, --product-url, … (or USER_URL, PRODUCT_URL, …) to a command. */
export const addServiceUrlOptions = (command: Command): Command => {
  command.option(
    '--port-base <port>',
    'where the mesh listens: the port of the user service, the others follow it (default: of the mesh that runs from here)',
    portBase,
  );
  for (const name of serviceNames)
    command.addOption(
      new Option(`--${name}-url <url>`, `address of the ${name} service`)
        .argParser(serviceUrl)
        .env(`${name.toUpperCase()}_URL`),
    );
  return command;
};

/**
 * Where the services are: what the options say; else the mesh that runs from this checkout; else
 * the ports of this machine that it would have.
 */
export const serviceUrls = (options: ServiceUrlOptions): ServiceUrls => {
  const given = serviceNames.every((name) => options[`${name}Url`] !== undefined);
  const running = given ? undefined : findMesh(options.portBase)?.services;
  return Object.fromEntries(
    serviceNames.map((name) => [
      name,
      options[`${name}Url`] ??
        running?.[name] ??
        `http://127.0.0.1:${servicePort(name, options.portBase ?? defaultPortBase)}`,
    ]),
  ) as ServiceUrls;
};
